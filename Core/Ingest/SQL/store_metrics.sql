-- name: store_metrics
-- Metrics of many requests.
insert into monitoring_metrics (tenant_id, service, metric, value, timestamp, metadata)
select g.tenant_id, g.service, g.metric, g.value::double precision, coalesce(g.timestamp, relance.now()), g.metadata::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
    as g (tenant_id, service, metric, value, timestamp, metadata)
