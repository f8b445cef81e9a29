-- name: lock_abandons
-- Takes the abandons that nobody holds, so that what is decided about them is decided about them as they are; the others are
-- left for the next tick, and nobody is waited for.
select a.tenant_id, a.id, a.email
from unnest($1::text[], $2::text[]) as g (tenant_id, abandon_id)
cross join lateral (
    select f.tenant_id, f.id, f.email
    from form_abandons f
    where f.tenant_id = g.tenant_id and f.id = g.abandon_id
    for no key update skip locked
) a
