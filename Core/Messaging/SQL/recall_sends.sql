-- name: recall_sends
-- Makes the deliveries of open attempts look planned, so that the eligibility rule of their kind can be asked about a
-- repetition as about a first send; resume_attempts undoes it in the same transaction.
-- The state to find comes with the rows, as in settle_jobs.
update relance.deliveries d
set state = 'pending'
from (
    select *, 'running' as held from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as g (job_id, lease, delivery_id) offset 0
) g
join relance.jobs j on j.id = g.job_id and j.lease = g.lease and j.state = g.held
where d.id = g.delivery_id and d.state = 'sending'
