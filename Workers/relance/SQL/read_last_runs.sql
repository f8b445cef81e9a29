-- name: read_last_runs
-- The last run of each program, hopping from program to program through the index instead of reading all runs.
with recursive program as (
    (select program as name from relance.runs order by program limit 1)
    union all
    select (select r.program from relance.runs r where r.program > p.name order by r.program limit 1)
    from program p
    where p.name is not null
)
select
    r.program, r.status, r.role, r.host, r.is_degraded, r.exit_code, r.error,
    extract(epoch from clock_timestamp() - r.started_at)::bigint as started_ago_s,
    extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::double precision as took_s
from program p
cross join lateral (
    select * from relance.runs where program = p.name order by started_at desc limit 1
) r
order by r.program
