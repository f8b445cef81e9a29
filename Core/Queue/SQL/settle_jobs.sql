-- name: settle_jobs
-- Writes outcomes of a batch, each fenced by its lease (D-80). Returns the jobs that were no longer ours.
-- The state to find comes with the rows: spelt out, it would let the planner look for each job in the index of all running
-- ones, which its statistics, taken at rest, call empty.
with given as (
    select *, 'running' as held from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[])
        as g (id, lease, outcome, delay_ms, reason)
), ended as (
    delete from relance.jobs j
    using given g
    where j.id = g.id and j.lease = g.lease and j.state = g.held
        and (g.outcome in ('completed', 'cancelled', 'discarded') or (g.outcome = 'retry' and j.attempts >= j.max_attempts))
    returning j.*, g.outcome, g.reason
), history as (
    insert into relance.job_history (
        id, tenant_id, kind, queue, state, reason, attempts, args, dedupe_key, lease, leased_by, errors, trace_id, run_at,
        created_at)
    select
        id, tenant_id, kind, queue, outcome, reason, attempts, args, dedupe_key, lease, leased_by, errors, trace_id, run_at,
        created_at
    from ended where outcome in ('completed', 'cancelled')
), dead as (
    insert into relance.dead_jobs (
        id, tenant_id, kind, queue, priority, reason, attempts, max_attempts, crashes, args, dedupe_key, expires_at, lease,
        leased_by, errors, trace_id, run_at, created_at)
    select
        id, tenant_id, kind, queue, priority,
        case outcome when 'retry' then 'attempts_exhausted' else coalesce(reason, 'discarded') end,
        attempts, max_attempts, crashes, args, dedupe_key, expires_at, lease, leased_by,
        errors || jsonb_build_object(
            'at', clock_timestamp(), 'attempt', attempts, 'by', leased_by, 'lease', lease, 'error', reason),
        trace_id, run_at, created_at
    from ended where outcome in ('discarded', 'retry')
), put_back as (
    update relance.jobs j
    set state = case
            when g.delay_ms <= 0 then 'available'
            when g.outcome = 'retry' then 'retryable'
            else 'scheduled' end,
        run_at = relance.now() + g.delay_ms * interval '1 millisecond',
        -- A snooze and a return leave the attempt unspent.
        attempts = case g.outcome when 'retry' then j.attempts else j.attempts - 1 end,
        errors = case g.outcome
            when 'retry' then j.errors || jsonb_build_object(
                'at', clock_timestamp(), 'attempt', j.attempts, 'by', j.leased_by, 'lease', j.lease, 'error', g.reason)
            else j.errors end,
        -- Whoever settles in an orderly way knows what became of the effect; a job that waited or went back untouched stays as it was.
        has_begun = j.has_begun and g.outcome in ('snooze', 'return'),
        is_suspect = j.is_suspect and g.outcome = 'return',
        lease = null, leased_until = null, leased_by = null
    from given g
    where j.id = g.id and j.lease = g.lease and j.state = g.held
        and (g.outcome in ('snooze', 'return') or (g.outcome = 'retry' and j.attempts < j.max_attempts))
    returning j.id, g.lease
)
select g.id, g.lease
from given g
where not exists (select from ended e where e.id = g.id and e.lease = g.lease)
    and not exists (select from put_back p where p.id = g.id and p.lease = g.lease)
