-- name: renew_leases
-- Returns the jobs whose lease still holds; the others have been taken over.
-- The state to find comes with the rows, as in settle_jobs.
with given as materialized (
    select *, 'running' as held from unnest($1::bigint[], $2::bigint[]) as g (id, lease)
)
update relance.jobs j
set leased_until = clock_timestamp() + make_interval(secs => $3::double precision)
from given g
where j.id = g.id and j.lease = g.lease and j.state = g.held
returning j.id
