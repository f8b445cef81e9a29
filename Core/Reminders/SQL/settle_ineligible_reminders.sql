-- name: settle_ineligible_reminders
-- A reminder may go out only while the full derivation still yields it: same revision, live status, enabled step, same
-- recipient. Run in the transaction that claims the send.
-- `offset 0` keeps the look at an appointment and its lead one look-up in an index each: as joins they are planned as a pass
-- over all leads for every batch.
with ineligible as materialized (
    select
        d.id,
        case
            when a.id is null then 'appointment_deleted'
            when a.status = 'CANCELLED' then 'appointment_cancelled'
            when a.status = 'COMPLETED' then 'appointment_completed'
            when a.status = 'NO_SHOW' then 'appointment_no_show'
            when a.erased_at is not null then 'lead_erased'
            when a.revision <> d.revision and d.step in ('J-1', 'H-1', 'T-0') then 'appointment_moved'
            else 'no_longer_planned'
        end as reason
    from relance.deliveries d
    -- An SMS in place of a WhatsApp message is wanted as long as that one is.
    left join relance.deliveries w on w.id = d.fallback_of
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
)
update relance.deliveries d
set state = 'cancelled', settled_at = clock_timestamp(), reason = i.reason
from ineligible i
where d.id = i.id and d.state = 'pending'
