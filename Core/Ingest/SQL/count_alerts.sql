-- name: count_alerts
-- A tenant's active alerts by severity and type, from the index alone.
select severity, type, count(*) as alerts
from max_alerts
where tenant_id = $1 and resolved_at is null
group by severity, type
