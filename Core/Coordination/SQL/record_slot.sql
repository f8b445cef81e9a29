-- name: record_slot
-- Marks a slot as done, under the leader's epoch.
insert into relance.schedule_ticks (schedule, scope, scheduled_for, run_id)
select $1, 'fleet', $2::timestamptz, $3::uuid
from relance.leases
where name = $4 and epoch = $5::bigint and expires_at > clock_timestamp()
on conflict do nothing
