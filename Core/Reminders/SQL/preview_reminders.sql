-- name: preview_reminders
-- What a run would plan now, without writing: the same derivation, for --dry-run.
select
    s.tenant_id, s.appointment_id, s.step, s.channel, s.recipient_type, s.recipient_id, s.due_at, s.expires_at,
    case
        when s.due_at >= s.expires_at then 'skip: too_late'
        when s.is_booked_late then 'skip: booked_late'
        when s.recipient_type = 'none' then 'skip: no_recipient'
        when s.expires_at <= relance.now() then 'miss: no_tick_before_expiry'
        else 'send'
    end as verdict
from relance.appointment_due p
join relance.appointment_steps s on s.tenant_id = p.tenant_id and s.appointment_id = p.appointment_id
where p.next_due_at <= relance.now()
    and s.due_at >= s.active_from
    and (s.due_at <= relance.now() or s.is_booked_late or s.due_at >= s.expires_at)
    and not exists (
        select from relance.deliveries d where d.tenant_id = s.tenant_id and d.dedupe_key = s.dedupe_key)
order by s.due_at, s.tenant_id, s.appointment_id, s.step, s.channel
limit $1::integer
