-- name: read_marked_tenants
-- Tenants whose leads must all be looked at, each with its marks.
select tenant_id, array_agg(id)::text as marks from relance.lead_alert_marks where lead_id is null group by tenant_id order by tenant_id
