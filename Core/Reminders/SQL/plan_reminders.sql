-- name: plan_reminders
-- Turns the picked appointments' steps into ledger rows and jobs, under the leader's epoch; moves their pointers on.
-- Runs after the pick in the same transaction: a snapshot taken under the pick's locks cannot miss a change (READ COMMITTED).
with fence as materialized (
    select from relance.leases
    where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp()
    for share
), picked as (
    select p.tenant_id, p.appointment_id
    from unnest($3::text[], $4::text[]) as p (tenant_id, appointment_id)
    where exists (select from fence)
), step as materialized (
    select s.*
    from picked p
    join relance.open_steps s on s.tenant_id = p.tenant_id and s.appointment_id = p.appointment_id
    -- Derived to the end before the first row is written: the derivation would read what is being written. And in one order
    -- for all planners, so that two that meet at a key wait instead of locking each other out.
    order by s.tenant_id, s.appointment_id, s.step, s.channel, s.recipient_id
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class, due_at,
        expires_at, state, reason, lateness_s, trace_id, run_id, settled_at)
    select
        tenant_id, dedupe_key, 'reminder', appointment_id, revision, step, channel, recipient_type, recipient_id,
        'transactional', due_at, expires_at,
        case verdict when 'due' then 'pending' when 'missed' then 'missed' else 'skipped' end,
        case verdict when 'due' then null when 'missed' then 'no_tick_before_expiry' else verdict end,
        case verdict when 'missed' then extract(epoch from relance.now() - due_at)::integer end,
        replace(gen_random_uuid()::text, '-', ''), $5::uuid,
        case verdict when 'due' then null else clock_timestamp() end
    from step
    where verdict <> 'ahead'
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, step, channel, state, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        tenant_id, 'message.' || channel, 'messages', 'available', 1, relance.now(), expires_at, dedupe_key,
        jsonb_build_object('delivery', id), trace_id
    from written
    where state = 'pending'
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
), alerted as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        'steps_missed:' || tenant_id || ':' || step || ':' || $5, tenant_id, 'steps_missed', 'warning',
        'steps expired before a tick could plan them: ' || step,
        jsonb_build_object('step', step, 'run', $5, 'missed', count(*))
    from written
    where state = 'missed'
    group by tenant_id, step
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(),
        detail = a.detail || jsonb_build_object(
            'missed', (a.detail ->> 'missed')::integer + (excluded.detail ->> 'missed')::integer)
), next as (
    select p.tenant_id, p.appointment_id, min(s.due_at) filter (where s.verdict = 'ahead') as due_at
    from picked p
    left join step s on s.tenant_id = p.tenant_id and s.appointment_id = p.appointment_id
    group by p.tenant_id, p.appointment_id
), moved as (
    update relance.appointment_due d
    set next_due_at = next.due_at
    from next
    where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is not null
), emptied as (
    delete from relance.appointment_due d
    using next
    where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is null
)
select 'fence' as step, 'held' as state, count(*) as count from fence
union all
select step, state, count(*) from written group by step, state
