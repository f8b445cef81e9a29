-- name: load_deliveries
-- The ledger rows behind claimed jobs, each with its attempt that is still in the open, if any.
select
    j.id as job_id, d.id as delivery_id, d.tenant_id, d.kind, d.channel, d.state, d.reason, d.generation, d.dedupe_key,
    d.message_class, relance.now() >= d.expires_at as is_expired, a.id as attempt_id, a.provider, a.idempotency_key, a.endpoint, a.content_type, a.request,
    extract(epoch from clock_timestamp() - a.opened_at)::bigint as attempt_age_s
from unnest($1::bigint[], $2::bigint[]) as g (id, lease)
join relance.jobs j on j.id = g.id and j.lease = g.lease and j.state = 'running'
left join relance.deliveries d on d.id = (j.args ->> 'delivery')::bigint
left join relance.delivery_attempts a on a.delivery_id = d.id and a.closed_at is null
