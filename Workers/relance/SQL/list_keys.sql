-- name: list_keys
-- The keys of a tenant or of all; those that open nothing any more last.
select
    id, tenant_id, kind, name, hint, array_to_string(scopes, ',') as scopes, array_to_string(origins, ',') as origins, per_minute,
    created_at, created_by, expires_at,
    case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired' else 'active' end as state
from relance.api_keys
where $1::text is null or tenant_id = $1
order by state, tenant_id, created_at, id
