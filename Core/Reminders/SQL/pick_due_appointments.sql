-- name: pick_due_appointments
-- What is due or has changed, oldest first. Locked rows are left for the next tick: the writer who holds them is about
-- to mark them again, and the planner never waits for an application.
select tenant_id, appointment_id
from relance.appointment_due
where next_due_at <= relance.now()
order by next_due_at
limit $1::integer
for update skip locked
