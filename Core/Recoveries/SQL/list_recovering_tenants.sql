-- name: list_recovering_tenants
-- A page of the organisations whose sequences can still change a rate.
select distinct r.tenant_id
from recovery_settings r
where r.tenant_id > $1 and exists (
    select from form_abandons a
    where a.tenant_id = r.tenant_id and a.sequence_at > relance.now() - interval '49 days')
order by r.tenant_id
limit 500
