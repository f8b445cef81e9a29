-- name: find_keys
-- The keys with these hashes that are in force; a hash that is missing here opens nothing. Returns how long each has left.
select
    encode(k.key_hash, 'hex') as hash, k.tenant_id, k.id, k.kind, array_to_string(k.scopes, ' ') as scopes,
    array_to_string(k.origins, ' ') as origins, k.per_minute,
    extract(epoch from k.expires_at - clock_timestamp())::bigint as seconds_left
from unnest($1::text[], $2::text[]) as g (tenant_id, hash)
join relance.api_keys k on k.tenant_id = g.tenant_id and k.key_hash = decode(g.hash, 'hex')
where k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())
