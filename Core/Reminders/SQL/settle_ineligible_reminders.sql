-- name: settle_ineligible_reminders
-- A reminder may go out only while the full derivation still yields it: same revision, live status, enabled step, same
-- recipient. Run in the transaction that claims the send.
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
from relance.deliveries g
left join appointments a on a.tenant_id = g.tenant_id and a.id = g.subject
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
where g.id = any ($1::bigint[]) and d.id = g.id and d.kind = 'reminder' and d.state = 'pending'
    and (l.erased_at is not null or not exists (
        select from relance.appointment_steps s
        where s.tenant_id = d.tenant_id and s.appointment_id = d.subject
            -- An SMS in place of a WhatsApp message is wanted as long as that one is.
            and s.dedupe_key = coalesce((select w.dedupe_key from relance.deliveries w where w.id = d.fallback_of), d.dedupe_key)))
