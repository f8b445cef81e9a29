-- name: plan_alert_digests
-- Writes them to the ledger, those that are due with their jobs, those that were missed with one alert for each organisation and
-- run; and the slots as done, whether there was anything to tell or not.
, fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), done as (
    insert into relance.schedule_ticks (schedule, scope, scheduled_for, run_id)
    select 'alert-digest', s.tenant_id, s.scheduled_for, $3::uuid
    from slot s
    where exists (select from fence)
    order by s.tenant_id, s.scheduled_for
    on conflict do nothing
    returning scope, scheduled_for
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
        state, reason, lateness_s, settled_at, trace_id, run_id)
    select
        n.tenant_id, n.dedupe_key, 'alert_digest', n.local_date::text, 'stale', n.channel, 'user', n.user_id, 'transactional',
        n.scheduled_for, n.expires_at, case when n.is_missed then 'missed' else 'pending' end,
        case when n.is_missed then 'no_tick_before_expiry' end,
        case when n.is_missed then extract(epoch from relance.now() - n.scheduled_for)::integer end,
        case when n.is_missed then clock_timestamp() end, replace(gen_random_uuid()::text, '-', ''), $3::uuid
    from notice n
    where (n.tenant_id, n.scheduled_for) in (select scope, scheduled_for from done)
    order by n.tenant_id, n.dedupe_key
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, channel, state, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        w.tenant_id, 'message.' || w.channel, 'messages', 'available', 2, relance.now(), w.expires_at, w.dedupe_key,
        jsonb_build_object('delivery', w.id), w.trace_id
    from written w
    where w.state = 'pending'
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
), alerted as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        'steps_missed:' || tenant_id || ':alert_digest:' || $3, tenant_id, 'steps_missed', 'warning',
        'steps expired before a tick could plan them: alert_digest',
        jsonb_build_object('step', 'alert_digest', 'run', $3, 'missed', count(*))
    from written
    where state = 'missed'
    group by tenant_id
    order by tenant_id
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(),
        detail = a.detail || jsonb_build_object(
            'missed', (a.detail ->> 'missed')::integer + (excluded.detail ->> 'missed')::integer)
)
select
    (select count(*) from fence) as held, (select count(*) from written where state = 'pending') as digests,
    (select count(*) from written where state = 'missed') as missed
