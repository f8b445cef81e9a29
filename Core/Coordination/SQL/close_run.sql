-- name: close_run
-- Ends the run's row, whatever became of it.
update relance.runs
set status = $2, finished_at = clock_timestamp(), exit_code = $3::smallint, counts = $4::jsonb, error = $5,
    role = coalesce($6, role), epoch = coalesce($7::bigint, epoch), is_degraded = is_degraded or $8::boolean
where id = $1::uuid and status = 'running'
