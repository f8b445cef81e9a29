-- name: settle_ineligible_reminders
-- A reminder may go out only while the full derivation still yields it: same revision, live status, enabled step, same
-- recipient. A notice of a move or a cancellation, besides, only to a lead who was told otherwise before. Run in the
-- transaction that claims the send.
-- `offset 0` keeps the look at a row's appointment, lead and original one look-up in an index each: as joins they are planned as
-- passes over whole tables for every batch.
with ineligible as materialized (
    select
        d.id,
        case
            when a.id is null then 'appointment_deleted'
            when a.status = 'CANCELLED' and d.step <> 'cancelled' then 'appointment_cancelled'
            when a.status = 'COMPLETED' then 'appointment_completed'
            when a.status = 'NO_SHOW' then 'appointment_no_show'
            when a.erased_at is not null then 'lead_erased'
            when a.status <> 'CANCELLED' and d.step = 'cancelled' then 'appointment_reinstated'
            when a.revision <> d.revision and d.step not in ('T+0', 'T+10') then 'appointment_moved'
            else 'no_longer_planned'
        end as reason
    from relance.deliveries d
    -- An SMS in place of a WhatsApp message is wanted as long as that one is.
    left join lateral (select w.channel, w.dedupe_key from relance.deliveries w where w.id = d.fallback_of offset 0) w on true
    cross join lateral (
        select a.id, a.status, a.revision, l.erased_at
        from (select) one
        left join appointments a on a.tenant_id = d.tenant_id and a.id = d.subject
        left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
        offset 0
    ) a
    where d.id = any ($1::bigint[]) and d.kind = 'reminder' and d.state = 'pending'
        and (a.erased_at is not null or not exists (
            select from relance.appointment_steps s
            where s.tenant_id = d.tenant_id and s.appointment_id = d.subject and s.step = d.step
                and s.channel = coalesce(w.channel, d.channel) and s.dedupe_key = coalesce(w.dedupe_key, d.dedupe_key)))
), idle as (
    select d.id, case when told.step is null then 'not_announced' else 'already_announced' end as reason
    from relance.deliveries d
    join appointments a on a.tenant_id = d.tenant_id and a.id = d.subject
    left join lateral (
        select w.step, w.starts_at
        from relance.announcements w
        where w.tenant_id = d.tenant_id and w.appointment_id = d.subject and w.lead_id = d.recipient_id
            and w.delivery_id <> d.id
            -- A T+0 still in hand cannot go out any more once the appointment is cancelled.
            and (d.step = 'moved' or w.state <> 'pending')
        order by w.revision desc, w.delivery_id desc
        limit 1
    ) told on true
    where d.id = any ($1::bigint[]) and d.kind = 'reminder' and d.state = 'pending' and d.step in ('moved', 'cancelled')
        and not exists (select from ineligible i where i.id = d.id)
        and case
            when told.step is null then
                -- The confirmation fell to a cancellation that was taken back: the reinstatement's notice confirms in its place.
                d.step = 'cancelled' or not exists (
                    select from relance.deliveries c
                    where c.tenant_id = d.tenant_id and c.subject = d.subject and c.kind = 'reminder' and c.step = 'T+0'
                        and c.recipient_id = d.recipient_id and c.state = 'cancelled' and c.reason = 'appointment_cancelled')
            when d.step = 'cancelled' then told.step = 'cancelled'
            else told.step <> 'cancelled' and told.starts_at = a.starts_at
        end
)
update relance.deliveries d
set state = i.state, settled_at = clock_timestamp(), reason = i.reason
from (
    select id, 'cancelled' as state, reason from ineligible
    union all
    select id, 'skipped', reason from idle
) i
where d.id = i.id and d.state = 'pending'
