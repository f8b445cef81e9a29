-- name: resolve_alerts
-- What was wrong is right again.
update relance.system_alerts set resolved_at = clock_timestamp()
where fingerprint = any ($1::text[]) and resolved_at is null
