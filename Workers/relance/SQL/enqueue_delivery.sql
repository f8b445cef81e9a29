-- name: enqueue_delivery
-- A fresh job for a planned message that has none. No row: a live job holds its dedupe key.
insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
select
    tenant_id, 'message.' || channel, $2, 'available', 1, relance.now(), expires_at, dedupe_key,
    jsonb_build_object('delivery', id), trace_id
from relance.deliveries
where id = $1::bigint and state = 'pending'
on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
returning id
