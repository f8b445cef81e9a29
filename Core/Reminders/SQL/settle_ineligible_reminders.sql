-- name: settle_ineligible_reminders
-- A reminder may go out only while the full derivation still yields it: same revision, live status, enabled step, same
-- recipient. Run in the transaction that claims the send.
-- Step and channel are parts of the key. Said again, they spare the derivation of an appointment's other steps.
with given as materialized (
    -- An SMS in place of a WhatsApp message is wanted as long as that one is.
    select
        d.id, d.tenant_id, d.subject, d.step, coalesce(w.channel, d.channel) as channel, d.revision,
        coalesce(w.dedupe_key, d.dedupe_key) as dedupe_key, 'pending' as planned
    from relance.deliveries d
    left join relance.deliveries w on w.id = d.fallback_of
    where d.id = any ($1::bigint[]) and d.kind = 'reminder'
), wanted as materialized (
    select g.id
    from given g
    join relance.appointment_steps s on s.tenant_id = g.tenant_id and s.appointment_id = g.subject and s.step = g.step
        and s.channel = g.channel and s.dedupe_key = g.dedupe_key
)
update relance.deliveries d
set state = 'cancelled', settled_at = clock_timestamp(),
    reason = case
        when a.id is null then 'appointment_deleted'
        when a.status = 'CANCELLED' then 'appointment_cancelled'
        when a.status = 'COMPLETED' then 'appointment_completed'
        when a.status = 'NO_SHOW' then 'appointment_no_show'
        when l.erased_at is not null then 'lead_erased'
        when a.revision <> d.revision and d.step in ('J-1', 'H-1', 'T-0') then 'appointment_moved'
        else 'no_longer_planned'
    end
from given g
left join appointments a on a.tenant_id = g.tenant_id and a.id = g.subject
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
where d.id = g.id and d.state = g.planned
    and (l.erased_at is not null or not exists (select from wanted w where w.id = g.id))
