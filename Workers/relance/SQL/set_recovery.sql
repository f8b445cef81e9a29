-- name: set_recovery
-- Changes what is given of an organisation's settings; returns them as they are then, nothing where there is no such one.
update recovery_settings
set is_enabled = coalesce($2::boolean, is_enabled), holdout_percent = coalesce($3::smallint, holdout_percent)
where tenant_id = $1
returning is_enabled, holdout_percent, activated_at
