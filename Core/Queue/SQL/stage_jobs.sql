-- name: stage_jobs
-- Moves what has come due into the claim index; returns nothing, the affected rows are counted.
update relance.jobs
set state = 'available'
where id in (
    select id from relance.jobs
    where state in ('scheduled', 'retryable') and run_at <= relance.now() and kind = any ($1::text[])
    order by run_at
    limit 5000
    for update skip locked)
