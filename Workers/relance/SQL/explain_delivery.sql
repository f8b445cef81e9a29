-- name: explain_delivery
-- All that is known of one message, each part as JSON. Requests hold personal data and stay where they are; the address is seen
-- as its hash finds it ($2, of the address that it went to or would go to now).
with d as materialized (
    select * from relance.deliveries where id = $1::bigint
), a as materialized (
    select * from relance.delivery_attempts where delivery_id = $1::bigint
), jobs as (
    select j.id, j.state, null as reason, j.attempts, j.max_attempts, j.run_at, j.errors, j.is_suspect
    from relance.jobs j
    join d on d.tenant_id = j.tenant_id and j.kind = 'message.' || d.channel and j.dedupe_key = d.dedupe_key
    union all
    select j.id, 'dead', j.reason, j.attempts, j.max_attempts, j.run_at, j.errors, false
    from relance.dead_jobs j
    where j.kind like 'message.%' and j.args ->> 'delivery' = $1::text
    union all
    select j.id, j.state, j.reason, j.attempts, null, j.run_at, j.errors, false
    from relance.job_history j
    where j.id in (select job_id from a)
), holds as (
    select 1 as rank, 'sending_paused' as kind, i.sending_paused_at as since, i.sending_paused_reason as detail
    from relance.instance i where i.sending_paused_at is not null
    union all
    select 2, 'organisation_paused', o.sending_paused_at, null
    from organization_settings o join d on o.tenant_id = d.tenant_id where o.sending_paused_at is not null
    union all
    select 3, 'queue_paused', q.paused_at, q.reason from relance.queue_controls q where q.queue = $3
    union all
    select 4, 'suppressed', s.created_at, s.scope || ': ' || s.reason
    from relance.suppressions s
    join d on s.tenant_id = d.tenant_id and s.channel = d.channel
    where s.address_hash = decode($2, 'hex') and (s.scope = 'all' or d.message_class = 'marketing')
    union all
    select 5, 'preference_off', p.updated_at, p.kind
    from notification_preferences p
    join d on p.tenant_id = d.tenant_id and p.user_id = d.recipient_id and p.kind = d.kind and p.channel = d.channel
    where d.recipient_type = 'user' and not p.is_enabled
    union all
    select 6, 'no_consent', l.marketing_consent_at, l.marketing_consent
    from d
    join leads l on l.tenant_id = d.tenant_id and l.id = d.recipient_id
    left join organization_settings o on o.tenant_id = d.tenant_id
    where d.recipient_type = 'lead' and d.message_class = 'marketing'
        and (l.marketing_consent = 'denied' or (o.requires_consent and l.marketing_consent <> 'granted'))
    union all
    select 7, 'lead_erased', l.erased_at, null
    from d
    join leads l on l.tenant_id = d.tenant_id and l.id = d.recipient_id
    where d.recipient_type = 'lead' and l.erased_at is not null
)
select
    (to_jsonb(d) - 'recipient_hash')::text as delivery,
    json_build_object('now', relance.now(), 'is_expired', relance.now() >= d.expires_at)::text as moment,
    (select coalesce(jsonb_agg(to_jsonb(a) - 'request' order by a.opened_at, a.id), '[]') from a)::text as attempts,
    (select coalesce(jsonb_agg(to_jsonb(j) order by j.id), '[]') from jobs j)::text as jobs,
    (select coalesce(jsonb_agg(to_jsonb(h) - 'rank' order by h.rank), '[]') from holds h)::text as holds,
    (
        select to_jsonb(f) from (
            select f.id, f.state from relance.deliveries f
            where f.tenant_id = d.tenant_id and f.subject = d.subject and f.fallback_of = d.id
            limit 1) f
    )::text as fallback,
    (
        select coalesce(jsonb_agg(to_jsonb(o) order by o.id), '[]')
        from relance.operator_actions o where o.target = 'delivery:' || $1
    )::text as operator_actions
from d
