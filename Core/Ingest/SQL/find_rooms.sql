-- name: find_rooms
-- The appointments that rooms are named after (`tenant:appointment`). Either part may hold a colon, so every way to read a name
-- comes as a row, the shortest tenant first.
select distinct on (g.ordinal) g.ordinal, a.tenant_id, a.id as appointment_id
from unnest($1::bigint[], $2::text[], $3::text[]) as g (ordinal, tenant_id, appointment_id)
join appointments a on a.tenant_id = g.tenant_id and a.id = g.appointment_id
order by g.ordinal, length(a.tenant_id)
