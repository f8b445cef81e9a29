-- name: list_jobs
-- A page of jobs, newest first: the live ones and the dead, or the finished ones where their state is asked for. Each place
-- is walked down its id index from the cursor; a job's id is the same wherever it stands.
select *
from (
    (select
        id, state, kind, queue, tenant_id, attempts, max_attempts, run_at,
        extract(epoch from relance.now() - run_at)::bigint as age_s, errors -> -1 ->> 'error' as reason
    from relance.jobs
    where id < $1::bigint and ($2::text is null or state = $2) and ($3::text is null or kind = $3)
        and ($4::text is null or tenant_id = $4)
    order by id desc
    limit $5::integer)
    union all
    (select
        id, 'dead', kind, queue, tenant_id, attempts, max_attempts, run_at,
        extract(epoch from relance.now() - run_at)::bigint, reason
    from relance.dead_jobs
    where id < $1::bigint and coalesce($2, 'dead') = 'dead' and ($3::text is null or kind = $3)
        and ($4::text is null or tenant_id = $4)
    order by id desc
    limit $5::integer)
    union all
    (select
        id, state, kind, queue, tenant_id, attempts, null, run_at,
        extract(epoch from relance.now() - run_at)::bigint, reason
    from relance.job_history
    where id < $1::bigint and state = $2 and ($3::text is null or kind = $3) and ($4::text is null or tenant_id = $4)
    order by id desc
    limit $5::integer)
) j
order by id desc
limit $5::integer
