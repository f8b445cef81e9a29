-- name: preview_abandons
-- The abandons that a run would look at now, with the addresses that a hash is asked of.
select a.tenant_id, a.id, a.email
from form_abandons a
where (a.tenant_id, a.id) in (select d.tenant_id, d.abandon_id from relance.abandon_due d where d.next_due_at <= relance.now())
order by a.tenant_id, a.id
limit $1::integer
