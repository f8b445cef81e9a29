-- name: decide_no_show
-- An operator's word on a mark that waits for one; the mark is found by its id alone where no organisation is named.
select m.tenant_id, m.appointment_id, m.cause, relance.decide_no_show(m.tenant_id, m.id, $3::boolean, $4, $5) as outcome
from no_show_marks m
where m.id = $1::uuid and ($2::text is null or m.tenant_id = $2)
