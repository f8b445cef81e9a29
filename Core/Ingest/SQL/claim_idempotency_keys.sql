-- name: claim_idempotency_keys
-- Takes keys that nobody has used, sorted by the caller. One that another transaction is using right now is waited for. Returns
-- those that were taken; read_idempotency_keys tells of the others.
insert into relance.idempotency_keys (tenant_id, key, request_hash)
select g.tenant_id, g.key, decode(g.hash, 'hex')
from unnest($1::text[], $2::text[], $3::text[]) as g (tenant_id, key, hash)
on conflict (tenant_id, key) do nothing
returning tenant_id, key
