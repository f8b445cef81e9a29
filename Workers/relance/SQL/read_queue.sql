-- name: read_queue
-- Depth of the queue by kind and state, with the age of the oldest; dead letters too. A kind that this build does not know
-- is parked: nobody claims it until a program that owns it comes along (D-83).
select
    kind, queue, state, count(*) as count, kind <> all ($1::text[]) as is_parked,
    extract(epoch from relance.now() - min(run_at))::bigint as oldest_s
from relance.jobs
group by kind, queue, state
union all
select
    kind, queue, 'dead', count(*), kind <> all ($1::text[]), extract(epoch from clock_timestamp() - min(died_at))::bigint
from relance.dead_jobs
group by kind, queue
order by kind, state
