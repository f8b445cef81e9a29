-- name: update_run
-- Progress of a resident run, and its role when that changes.
update relance.runs
set counts = $2::jsonb, role = coalesce($3, role), epoch = coalesce($4::bigint, epoch)
where id = $1::uuid and status = 'running'
