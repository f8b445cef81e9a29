-- name: rescue_jobs
-- Takes back what a dead process held. Begun effects are reconciled by whoever claims them next, unless that has killed a
-- process before; the rest are suspects, and a suspect that dies alone for the third time is quarantined (D-82).
with dead as (
    select id, is_suspect and crashes >= 2 as is_poison
    from relance.jobs
    where state = 'running' and leased_until < clock_timestamp() and kind = any ($1::text[])
    order by leased_until
    limit 1000
    for update skip locked
), poison as (
    delete from relance.jobs j
    using dead
    where j.id = dead.id and dead.is_poison
    returning j.*
), quarantined as (
    insert into relance.dead_jobs (
        id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args, dedupe_key, expires_at, lease,
        leased_by, errors, trace_id, run_at, created_at)
    select
        id, tenant_id, kind, queue, priority, 'poison', attempts, max_attempts, crashes + 1, args, dedupe_key, expires_at,
        lease, leased_by,
        errors || jsonb_build_object(
            'at', clock_timestamp(), 'attempt', attempts, 'by', leased_by, 'lease', lease, 'error', 'process died'),
        trace_id, run_at, created_at
    from poison
), rescued as (
    update relance.jobs j
    set state = 'available',
        crashes = j.crashes + case when j.is_suspect then 1 else 0 end,
        is_suspect = not j.has_begun or j.errors @> '[{"error": "process died"}]',
        errors = j.errors || jsonb_build_object(
            'at', clock_timestamp(), 'attempt', j.attempts, 'by', j.leased_by, 'lease', j.lease, 'error', 'process died'),
        lease = null, leased_until = null, leased_by = null
    from dead
    where j.id = dead.id and not dead.is_poison
    returning j.id
)
select
    (select count(*) from rescued) as rescued,
    (select count(*) from poison) as quarantined,
    -- The snapshot is older than the rescue itself: what it made a suspect counts too.
    (select count(*) from rescued) > 0 or exists (
        select from relance.jobs j
        where j.state = 'available' and j.is_suspect and j.kind = any ($1::text[])
            and not exists (select from relance.queue_controls c where c.queue = j.queue)) as has_suspects
