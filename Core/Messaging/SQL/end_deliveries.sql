-- name: end_deliveries
-- Ends deliveries for which no attempt is made, under the lease of their job. Returns how each one stands now: it may have
-- ended otherwise before. The states to find come with the rows, as in settle_jobs.
with given as (
    select *, 'running' as held, 'pending' as planned
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) as g (job_id, lease, delivery_id, state, reason)
), ended as (
    update relance.deliveries d
    set state = g.state, reason = g.reason, settled_at = clock_timestamp(),
        lateness_s = case g.state when 'missed' then extract(epoch from relance.now() - d.due_at)::integer end
    from given g
    join relance.jobs j on j.id = g.job_id and j.lease = g.lease and j.state = g.held
    where d.id = g.delivery_id and d.state = g.planned
    returning d.id, d.tenant_id, d.channel, d.state, d.reason
), alerted as (
    -- Never silent, never a flood (D-02): one open row, which counts.
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select fingerprint, tenant_id, kind, 'warning', message, jsonb_build_object('messages', count(*))
    from (
        select
            'messages_missed:' || tenant_id || ':' || channel as fingerprint, tenant_id, 'messages_missed' as kind,
            'messages expired before they could be sent: relance deliveries list --state missed' as message
        from ended
        where state = 'missed'
        union all
        select
            'channel_not_configured:' || channel, null, 'channel_not_configured',
            'no provider is configured for ' || channel || ': messages are skipped'
        from ended
        where reason = 'channel_not_configured'
        union all
        select
            'cost_cap:' || tenant_id || ':' || channel || ':' || relance.month_of(tenant_id), tenant_id, 'cost_cap',
            'the monthly budget for ' || channel || ' is used up: messages are skipped'
        from ended
        where reason = 'cost_cap'
        union all
        select
            'no_whatsapp_template:' || tenant_id, tenant_id, 'no_whatsapp_template',
            'WhatsApp messages have no approved template: relance templates whatsapp --help'
        from ended
        where reason = 'no_whatsapp_template'
    ) said
    group by fingerprint, tenant_id, kind, message
    order by fingerprint
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(),
        detail = a.detail || jsonb_build_object(
            'messages', coalesce((a.detail ->> 'messages')::bigint, 0) + (excluded.detail ->> 'messages')::bigint)
)
select g.job_id, coalesce(e.state, d.state) as state, coalesce(e.reason, d.reason) as reason
from given g
left join relance.deliveries d on d.id = g.delivery_id
left join ended e on e.id = g.delivery_id
