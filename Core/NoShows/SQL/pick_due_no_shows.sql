-- name: pick_due_no_shows
-- The appointments to look at, oldest first, after what a rehearsal has seen already. Locked rows are left for the next tick.
select tenant_id, appointment_id, next_due_at::text as place
from relance.no_show_due
where next_due_at <= relance.now() and tenant_id = any ($2::text[])
    and (next_due_at, tenant_id, appointment_id) > ($3::timestamptz, $4, $5)
order by next_due_at, tenant_id, appointment_id
limit $1::integer
for update skip locked
