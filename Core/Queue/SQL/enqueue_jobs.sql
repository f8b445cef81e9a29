-- name: enqueue_jobs
-- One statement for a batch: what is already live under its dedupe key is left alone and told apart by its absence here.
insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, max_attempts, trace_id)
select
    n.tenant_id, n.kind, n.queue,
    case when coalesce(n.run_at, '-infinity') <= relance.now() then 'available' else 'scheduled' end,
    n.priority, coalesce(n.run_at, relance.now()), coalesce(n.expires_at, 'infinity'), n.dedupe_key, n.args::jsonb,
    n.max_attempts, n.trace_id
from unnest(
    $1::text[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[],
    $9::smallint[], $10::text[]
) as n (tenant_id, kind, queue, priority, run_at, expires_at, dedupe_key, args, max_attempts, trace_id)
on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
returning id, tenant_id, kind, dedupe_key
