-- name: preview_reminders
-- What a run would plan and send now, without writing: the same derivation and the ledger's open rows, for --dry-run.
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
union all
select
    d.tenant_id, d.subject, d.step, d.channel, d.recipient_type, d.recipient_id, d.due_at, d.expires_at,
    case when d.expires_at <= relance.now() then 'miss: expired_before_sending' else 'send: planned already' end
from relance.deliveries d
where d.kind = 'reminder' and d.state = 'pending'
order by due_at, tenant_id, appointment_id, step, channel
limit $1::integer
