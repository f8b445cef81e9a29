-- name: list_silent_rooms
-- Rooms of our own whose appointment is due and of which nobody has told anything, oldest first: LiveKit is asked for them
-- before the transaction that decides.
select p.tenant_id, p.appointment_id
from (
    select tenant_id, appointment_id, next_due_at
    from relance.no_show_due
    where next_due_at <= relance.now() and (next_due_at, tenant_id, appointment_id) > ($2::timestamptz, $3, $4)
    order by next_due_at, tenant_id, appointment_id
    limit $1::integer
) p
join relance.no_show_looks l on l.tenant_id = p.tenant_id and l.appointment_id = p.appointment_id
where l.verdict = 'ask'
order by p.next_due_at, p.tenant_id, p.appointment_id
