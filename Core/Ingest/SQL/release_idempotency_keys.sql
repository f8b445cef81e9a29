-- name: release_idempotency_keys
-- Keys whose requests were refused: they may come again, put right.
delete from relance.idempotency_keys k
using unnest($1::text[], $2::text[]) as g (tenant_id, key)
where k.tenant_id = g.tenant_id and k.key = g.key
