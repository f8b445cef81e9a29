-- name: create_key
-- A caller's key; the key itself is never stored.
insert into relance.api_keys (
    tenant_id, kind, name, key_hash, hint, scopes, origins, per_minute, expires_at, created_by)
values ($1, $2, $3, decode($4, 'hex'), $5, $6::text[], $7::text[], $8, $9::timestamptz, $10)
returning id
