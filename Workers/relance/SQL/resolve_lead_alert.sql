-- name: resolve_lead_alert
-- By hand, as the API does: the first word counts (D-32).
update max_alerts
set resolved_at = relance.now(), resolved_by = 'user_manual', resolved_actor = left($3, 200), resolved_reason = left($4, 500)
where tenant_id = $1 and id = $2::uuid and resolved_at is null
returning resolved_at
