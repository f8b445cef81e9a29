-- name: unmark_tenant
-- All its leads have been looked at since these marks were seen. Not those up to the last of them: an earlier one may have been
-- committed since.
delete from relance.lead_alert_marks where tenant_id = $1 and lead_id is null and id = any ($2::text::bigint[])
