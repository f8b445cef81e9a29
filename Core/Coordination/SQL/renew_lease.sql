-- name: renew_lease
-- Extends a lease that is still ours. No row: it has expired, or another epoch has begun.
update relance.leases
set expires_at = clock_timestamp() + make_interval(secs => $3::double precision)
where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp()
returning epoch
