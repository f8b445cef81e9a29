-- name: redrive_job
-- A dead job goes back to its queue under its own id, with its story and fresh attempts. What killed its process runs
-- alone (D-82). No row: a live job holds its dedupe key by now.
with put_back as (
    insert into relance.jobs (
        id, tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, max_attempts, is_suspect, errors,
        trace_id, created_at)
    overriding system value
    select
        id, tenant_id, kind, queue, 'available', priority, relance.now(), expires_at, dedupe_key, args, max_attempts,
        reason = 'poison',
        errors || jsonb_build_object('at', clock_timestamp(), 'by', $2::text, 'error', 'retried by an operator'),
        trace_id, created_at
    from relance.dead_jobs
    where id = $1::bigint
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
    returning id
)
delete from relance.dead_jobs d using put_back p where d.id = p.id returning d.id
