-- name: pick_due_no_shows
-- The appointments to look at, oldest first. Locked rows are left for the next tick.
select tenant_id, appointment_id
from relance.no_show_due
where next_due_at <= relance.now() and tenant_id = any ($2::text[])
order by next_due_at, tenant_id, appointment_id
limit $1::integer
for update skip locked
