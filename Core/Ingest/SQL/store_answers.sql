-- name: store_answers
-- The answers of the keys that this transaction has taken, in the commit of what they answer.
update relance.idempotency_keys k
set status = g.status, content_type = g.content_type, answer = convert_to(g.answer, 'UTF8')
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) as g (tenant_id, key, status, content_type, answer)
where k.tenant_id = g.tenant_id and k.key = g.key
