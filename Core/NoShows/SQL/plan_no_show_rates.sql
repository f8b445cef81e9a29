-- name: plan_no_show_rates
-- The weekly rate (K-09, D-24): for each organisation whose slot has come, one message a chief and channel, once for each local
-- week, none where nothing was to be counted; under the leader's epoch. Moves the pointers to the next slot.
with fence as materialized (
    select from relance.leases
    where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp()
    for share
), picked as materialized (
    select d.tenant_id
    from relance.no_show_rate_due d
    where d.next_due_at <= relance.now() and exists (select from fence)
    order by d.tenant_id
    limit $4::integer
    for update skip locked
), slot as materialized (
    select
        s.*,
        s.due_at >= s.active_from and s.due_at <= relance.now() and not exists (
            select from relance.schedule_ticks t
            where t.schedule = 'no-show-rate' and t.scope = s.tenant_id and t.scheduled_for = s.due_at) as is_open
    from picked p
    join relance.no_show_rate_slots s on s.tenant_id = p.tenant_id
), ticked as (
    insert into relance.schedule_ticks (schedule, scope, scheduled_for, run_id)
    select 'no-show-rate', tenant_id, due_at, $3::uuid from slot where is_open
    on conflict do nothing
    returning scope as tenant_id
), told as (
    select s.*, c.channel, coalesce(u.id, 'none') as recipient_id, case when u.id is null then 'none' else 'user' end as recipient_type
    from ticked t
    join slot s on s.tenant_id = t.tenant_id
    cross join lateral unnest(s.channels) as c (channel)
    left join users u on u.tenant_id = s.tenant_id and u.role in ('ADMIN', 'MANAGER') and u.is_active
    where exists (select from relance.no_show_counts(s.tenant_id, s.last_week, s.this_week))
    order by s.tenant_id, c.channel, u.id
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
        state, reason, lateness_s, trace_id, run_id, settled_at)
    select
        tenant_id,
        'no_show_rate:' || monday || ':0:weekly:' || channel || ':' || case recipient_type when 'none' then '' else 'user:' end
            || recipient_id,
        'no_show_rate', monday::text, 'weekly', channel, recipient_type, recipient_id, 'transactional', due_at, expires_at,
        case when recipient_type = 'none' then 'skipped' when expires_at <= relance.now() then 'missed' else 'pending' end,
        case
            when recipient_type = 'none' then 'no_recipient'
            when expires_at <= relance.now() then 'no_tick_before_expiry'
        end,
        case
            when recipient_type <> 'none' and expires_at <= relance.now() then extract(epoch from relance.now() - due_at)::integer
        end,
        replace(gen_random_uuid()::text, '-', ''), $3::uuid,
        case when recipient_type = 'none' or expires_at <= relance.now() then clock_timestamp() end
    from told
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, step, channel, state, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        tenant_id, 'message.' || channel, 'messages', 'available', 2, relance.now(), expires_at, dedupe_key,
        jsonb_build_object('delivery', id), trace_id
    from written
    where state = 'pending'
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
), alerted as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        'steps_missed:' || tenant_id || ':weekly:' || $3, tenant_id, 'steps_missed', 'warning',
        'steps expired before a tick could plan them: weekly',
        jsonb_build_object('step', 'weekly', 'run', $3, 'missed', count(*))
    from written
    where state = 'missed'
    group by tenant_id
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp()
), moved as (
    update relance.no_show_rate_due d
    -- A slot of a clock that was set back lies ahead.
    set next_due_at = case when s.due_at > relance.now() then s.due_at else s.next_due_at end
    from slot s
    where d.tenant_id = s.tenant_id
), emptied as (
    -- Switched off.
    delete from relance.no_show_rate_due d
    using picked p
    where d.tenant_id = p.tenant_id and not exists (select from slot s where s.tenant_id = p.tenant_id)
)
select 'picked' as state, count(*) as count from picked
union all
select 'slots', count(*) from ticked
union all
select state, count(*) from written group by state
