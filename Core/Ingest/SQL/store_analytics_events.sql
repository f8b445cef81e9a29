-- name: store_analytics_events
-- Events of many requests, sorted by their keys; one whose id is there already is not stored again, and a user who is not
-- known is dropped, as the deletion of one would. One row for each request, in order, with how many of its events were stored.
with given as materialized (
    select g.*
    from unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
        with ordinality as g (request, tenant_id, id, user_id, event_type, service, metadata, created_at, ordinal)
), once as (
    select distinct on (tenant_id, id) * from given order by tenant_id, id, ordinal
), stored as (
    insert into events (tenant_id, id, user_id, event_type, service, metadata, created_at)
    select o.tenant_id, o.id, u.id, o.event_type, o.service, o.metadata::jsonb, coalesce(o.created_at, relance.now())
    from once o
    left join users u on u.tenant_id = o.tenant_id and u.id = o.user_id
    order by o.tenant_id, o.id
    on conflict (tenant_id, id) do nothing
    returning tenant_id, id
)
select r.request, (
    select count(*) from once o join stored s on s.tenant_id = o.tenant_id and s.id = o.id where o.request = r.request) as stored
from (select distinct request from given) r
order by r.request
