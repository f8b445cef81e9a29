-- name: renew_leases
-- Returns the jobs whose lease still holds; the others have been taken over.
update relance.jobs j
set leased_until = clock_timestamp() + make_interval(secs => $3::double precision)
from unnest($1::bigint[], $2::bigint[]) as g (id, lease)
where j.id = g.id and j.lease = g.lease and j.state = 'running'
returning j.id
