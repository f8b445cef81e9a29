-- name: unmark_tenant
-- All its leads have been looked at since that mark was made.
delete from relance.lead_alert_marks where tenant_id = $1 and lead_id is null and id <= $2::bigint
