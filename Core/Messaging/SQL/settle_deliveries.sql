-- name: settle_deliveries
-- Ends deliveries for which no attempt is made, under the lease of their job.
with given as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
        as g (job_id, lease, delivery_id, state, reason)
)
update relance.deliveries d
set state = g.state, reason = g.reason, settled_at = clock_timestamp(),
    lateness_s = case g.state when 'missed' then extract(epoch from relance.now() - d.due_at)::integer end
from given g
join relance.jobs j on j.id = g.job_id and j.lease = g.lease and j.state = 'running'
where d.id = g.delivery_id and d.state = 'pending'
