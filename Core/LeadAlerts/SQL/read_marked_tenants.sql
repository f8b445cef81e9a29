-- name: read_marked_tenants
-- Tenants whose leads must all be looked at, each with the last of its marks.
select tenant_id, max(id) as last_mark from relance.lead_alert_marks where lead_id is null group by tenant_id order by tenant_id
