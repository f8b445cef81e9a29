-- name: read_open_alerts
-- What operators must know, the worst and latest first; `total` counts those beyond the page too.
select
    id, tenant_id, kind, severity, message, occurrences, count(*) over () as total,
    extract(epoch from clock_timestamp() - last_at)::bigint as last_ago_s
from relance.system_alerts
where resolved_at is null
order by array_position(array['critical', 'warning', 'info'], severity), last_at desc
limit 10
