-- name: read_planned
-- The ledger rows that a rehearsal has written, before they are rolled back: for --dry-run.
select
    d.tenant_id, coalesce(m.appointment_id, '') as appointment_id, d.step, d.channel, d.recipient_type, d.recipient_id, d.due_at,
    d.expires_at,
    case d.state when 'pending' then 'send' when 'missed' then 'miss: ' || d.reason else 'skip: ' || d.reason end as verdict
from relance.deliveries d
left join no_show_marks m on m.tenant_id = d.tenant_id and m.id = case d.kind when 'no_show' then d.subject::uuid end
where d.run_id = $1::uuid
order by d.due_at, d.tenant_id, appointment_id, d.step, d.channel, d.recipient_id
