-- name: load_deliveries
-- The ledger rows behind claimed jobs, each with its attempt that is still in the open, if any. A job names a delivery of its
-- own tenant, or none.
-- The state to find comes with the rows, as in settle_jobs.
select
    j.id as job_id, d.id as delivery_id, d.tenant_id, d.kind, d.channel, d.state, d.generation, d.dedupe_key, d.message_class,
    relance.now() >= d.expires_at as is_expired, encode(d.recipient_hash, 'hex') as address_hash,
    a.id as attempt_id, a.provider, a.account, a.idempotency_key, a.endpoint, a.content_type, a.request, a.reconciliations,
    extract(epoch from a.opened_at)::bigint as opened_at,
    extract(epoch from clock_timestamp() - a.opened_at)::bigint as attempt_age_s
from (select *, 'running' as held from unnest($1::bigint[], $2::bigint[]) as g (id, lease) offset 0) g
join relance.jobs j on j.id = g.id and j.lease = g.lease and j.state = g.held
left join relance.deliveries d on d.tenant_id = j.tenant_id
    and d.id = case when j.args ->> 'delivery' ~ '^[0-9]{1,18}$' then (j.args ->> 'delivery')::bigint end
left join relance.delivery_attempts a on a.delivery_id = d.id and a.closed_at is null
