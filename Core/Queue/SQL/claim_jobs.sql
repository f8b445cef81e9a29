-- name: claim_jobs
-- Takes up to a limit of each kind that is not paused, and up to one of all, most urgent first, under one new lease number.
with lane as (
    select l.kind, l.places
    from unnest($1::text[], $2::text[], $3::integer[]) as l (kind, queue, places)
    where l.places > 0 and not exists (select from relance.queue_controls c where c.queue = l.queue)
), picked as (
    select j.id
    from lane
    cross join lateral (
        select id from relance.jobs
        where kind = lane.kind and state = 'available' and not is_suspect
        order by priority, expires_at, id
        limit lane.places
        for update skip locked
    ) j
    limit $6::integer
), lease as materialized (
    select nextval('relance.lease_number') as number where exists (select from picked)
)
update relance.jobs j
set state = 'running', lease = lease.number, leased_by = $5, attempts = j.attempts + 1,
    leased_until = clock_timestamp() + make_interval(secs => $4::double precision)
from lease
-- An array, because the planner cannot know how few rows a limit per lane leaves and would read the whole table for a join.
where j.id = any (array(select id from picked))
returning j.id, j.lease, j.kind, j.tenant_id, j.attempts, j.max_attempts, j.has_begun, j.is_suspect, j.args, j.trace_id
