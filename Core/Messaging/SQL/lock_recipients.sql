-- name: lock_recipients
-- Before a claim that caps have a say in: one claim at a time for each marketing address and each budget, so that what the next
-- statement counts is complete. Locks are taken in one order, and end with the transaction.
select pg_advisory_xact_lock(hashtextextended(key, 0))
from (
    select distinct g.tenant_id || ' ' || g.hash as key
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as g (tenant_id, hash, cost, delivery_id)
    join relance.deliveries d on d.id = g.delivery_id
    where d.message_class = 'marketing'
    union
    select g.tenant_id || ' cost'
    from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) as g (tenant_id, hash, cost, delivery_id)
    join organization_settings o on o.tenant_id = g.tenant_id
    where g.cost > 0 and o.sms_monthly_cap_cents is not null
    order by 1
) keys
