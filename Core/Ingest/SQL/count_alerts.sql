-- name: count_alerts
-- A tenant's active alerts by severity and type, from the index alone.
select severity_rank, type, count(*) as alerts
from (
    select case severity when 'high' then 1 when 'med' then 2 else 3 end as severity_rank, type
    from max_alerts
    where tenant_id = $1 and resolved_at is null
) a
group by severity_rank, type
