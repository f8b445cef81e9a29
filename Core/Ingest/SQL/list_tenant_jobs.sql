-- name: list_tenant_jobs
-- A page of a tenant's jobs, newest first, wherever they stand: live, dead, or among the 200 000 that were made last and have
-- ended (the history has no index by tenant, since every job would pay for it). A job's id is the same everywhere.
select *
from (
    (select
        id, state, kind, queue, attempts, max_attempts, run_at, created_at, null::timestamptz as ended_at,
        errors -> -1 ->> 'error' as reason
    from relance.jobs
    where tenant_id = $1 and id < $2::bigint and ($3::text is null or state = $3) and ($4::text is null or queue = $4)
        and ($5::text is null or kind = $5)
    order by id desc
    limit $6::integer)
    union all
    (select id, 'dead', kind, queue, attempts, max_attempts, run_at, created_at, died_at, reason
    from relance.dead_jobs
    where tenant_id = $1 and id < $2::bigint and coalesce($3, 'dead') = 'dead' and ($4::text is null or queue = $4)
        and ($5::text is null or kind = $5)
    order by id desc
    limit $6::integer)
    union all
    (select id, state, kind, queue, attempts, null, run_at, created_at, finished_at, reason
    from relance.job_history
    where tenant_id = $1 and id < $2::bigint and id > (select max(id) - 200000 from relance.job_history)
        and coalesce($3, 'completed') in ('completed', 'cancelled') and ($3::text is null or state = $3)
        and ($4::text is null or queue = $4) and ($5::text is null or kind = $5)
    order by id desc
    limit $6::integer)
) j
order by id desc
limit $6::integer
