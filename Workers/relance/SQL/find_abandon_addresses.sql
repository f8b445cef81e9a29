-- name: find_abandon_addresses
-- The addresses of the visits that an id may mean: to be hashed, and shown to nobody.
select email
from form_abandons
where id = $1 and ($2::text is null or tenant_id = $2)
order by tenant_id
limit 2
