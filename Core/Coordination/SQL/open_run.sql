-- name: open_run
-- The run's row, with the epoch it leads under if the lease is its own.
insert into relance.runs (id, program, status, role, is_degraded, epoch, host, holder, business_now)
select
    $1::uuid, $2, 'running', case when l.epoch is null then 'follower' else 'leader' end, $5::boolean, l.epoch, $3, $4,
    relance.now()
from (select 1) one
left join relance.leases l on l.name = $2 and l.holder = $4 and l.expires_at > clock_timestamp()
returning epoch
