-- name: lock_delivery
-- How a message stands, with its job, while nobody else can change them: jobs first, then the message, as claiming a send does.
with live as materialized (
    select j.id, j.state
    from relance.jobs j
    join relance.deliveries d on d.tenant_id = j.tenant_id and j.kind = 'message.' || d.channel and j.dedupe_key = d.dedupe_key
    where d.id = $1::bigint
    for update of j
), dead as materialized (
    select j.id from relance.dead_jobs j
    where j.kind like 'message.%' and j.args ->> 'delivery' = $1::text
    order by j.id desc
    limit 1
    for update
), held as materialized (
    select d.*
    from relance.deliveries d
    where d.id = $1::bigint and (select count(*) from live) + (select count(*) from dead) >= 0
    for update
)
select
    d.tenant_id, d.state, d.reason, d.channel, d.expires_at, d.expires_at <= relance.now() as is_expired,
    l.id as job_id, l.state as job_state, x.id as dead_job_id, s.scope as suppression_scope, s.reason as suppression_reason,
    s.created_at as suppressed_at, f.id as fallback_id, f.state as fallback_state
from held d
left join live l on true
left join dead x on true
left join lateral (
    select * from relance.suppressions s
    where s.tenant_id = d.tenant_id and s.channel = d.channel and s.address_hash = d.recipient_hash
        and (s.scope = 'all' or d.message_class = 'marketing')
    order by s.scope limit 1
) s on true
left join lateral (
    select f.id, f.state from relance.deliveries f
    where f.tenant_id = d.tenant_id and f.subject = d.subject and f.fallback_of = d.id
    limit 1
) f on true
