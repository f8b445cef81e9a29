-- name: preview_reminders
-- What a run would plan now, without writing: the same derivation, for --dry-run.
select
    s.tenant_id, s.appointment_id, s.step, s.channel, s.recipient_type, s.recipient_id, s.due_at, s.expires_at,
    case s.verdict
        when 'due' then 'send'
        when 'missed' then 'miss: no_tick_before_expiry'
        else 'skip: ' || s.verdict
    end as verdict
from relance.appointment_due p
join relance.open_steps s on s.tenant_id = p.tenant_id and s.appointment_id = p.appointment_id
where p.next_due_at <= relance.now() and s.verdict <> 'ahead'
order by s.due_at, s.tenant_id, s.appointment_id, s.step, s.channel
limit $1::integer
