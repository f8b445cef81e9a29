-- name: read_idempotency_keys
-- What was answered under these keys; no answer where the request's own transaction has just taken the key.
select g.ordinal, encode(k.request_hash, 'hex') as hash, k.status, k.content_type, encode(k.answer, 'hex') as answer
from unnest($1::text[], $2::text[]) with ordinality as g (tenant_id, key, ordinal)
join relance.idempotency_keys k on k.tenant_id = g.tenant_id and k.key = g.key
order by g.ordinal
