-- name: plan_alert_digests
-- Writes them to the ledger, each with its job, and the slots as done, whether there was anything to tell or not.
, fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), done as (
    insert into relance.schedule_ticks (schedule, scope, scheduled_for, run_id)
    select 'alert-digest', s.tenant_id, s.scheduled_for, $3::uuid
    from slot s
    where exists (select from fence)
    order by s.tenant_id
    on conflict do nothing
    returning scope
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
        state, trace_id, run_id)
    select
        n.tenant_id, n.dedupe_key, 'alert_digest', n.local_date::text, 'stale', n.channel, 'user', n.user_id, 'transactional',
        n.scheduled_for, n.expires_at, 'pending', replace(gen_random_uuid()::text, '-', ''), $3::uuid
    from notice n
    where n.tenant_id in (select scope from done)
    order by n.tenant_id, n.dedupe_key
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, channel, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        w.tenant_id, 'message.' || w.channel, 'messages', 'available', 2, relance.now(), w.expires_at, w.dedupe_key,
        jsonb_build_object('delivery', w.id), w.trace_id
    from written w
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
)
select (select count(*) from fence) as held, (select count(*) from written) as digests
