-- name: find_middle
-- A key with about as many leads before it as after it, so that two connections share them.
select l.tenant_id, l.id as lead_id
from leads l
order by l.tenant_id, l.id
offset (select greatest(c.reltuples, 0)::bigint / 2 from pg_class c where c.oid = 'leads'::regclass)
limit 1
