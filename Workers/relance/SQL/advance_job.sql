-- name: advance_job
-- A job that waits for its time, or for the end of its backoff, becomes available now.
update relance.jobs
set state = 'available', run_at = least(run_at, relance.now())
where id = $1::bigint and state in ('scheduled', 'retryable')
returning id
