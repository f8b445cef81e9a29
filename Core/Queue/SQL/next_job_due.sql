-- name: next_job_due
-- Seconds until a waiting job of these kinds comes due, for a resident instance's sleep; null when there is none.
select extract(epoch from min(run_at) - relance.now())::double precision as seconds
from relance.jobs
where state in ('scheduled', 'retryable') and kind = any ($1::text[])
