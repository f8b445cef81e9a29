-- name: plan_no_show_messages
-- Turns what follows from marks of picked appointments into ledger rows and jobs, under the leader's epoch; moves their pointers
-- on. Runs after the detection in the same transaction, and so sees its marks.
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
    -- Derived one by one: the server would weigh every order of twenty tables, for longer than it takes to read them.
    cross join lateral (
        select *
        from relance.open_no_show_messages o
        where o.tenant_id = p.tenant_id and o.appointment_id = p.appointment_id
        offset 0
    ) s
    -- Derived to the end before the first row is written, and in one order for all planners.
    order by s.tenant_id, s.mark_id, s.step, s.channel, s.recipient_id
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
        hard_stop_at, state, reason, lateness_s, trace_id, run_id, settled_at)
    select
        tenant_id, dedupe_key, 'no_show', mark_id::text, revival, step, channel, recipient_type, recipient_id, message_class, due_at,
        expires_at, hard_stop_at,
        case verdict when 'due' then 'pending' when 'missed' then 'missed' else 'skipped' end,
        case verdict when 'due' then null when 'missed' then 'no_tick_before_expiry' else verdict end,
        case verdict when 'missed' then extract(epoch from relance.now() - due_at)::integer end,
        replace(gen_random_uuid()::text, '-', ''), $5::uuid,
        case verdict when 'due' then null else clock_timestamp() end
    from step
    where verdict <> 'ahead'
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, step, channel, state, message_class, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        -- Transactional first (D-90).
        tenant_id, 'message.' || channel, 'messages', 'available', case message_class when 'marketing' then 3 else 1 end,
        relance.now(), expires_at, dedupe_key, jsonb_build_object('delivery', id), trace_id
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
    select p.tenant_id, p.appointment_id, least(m.due_at, l.due_at) as due_at
    from picked p
    left join lateral (
        select min(s.due_at) as due_at
        from step s
        where s.tenant_id = p.tenant_id and s.appointment_id = p.appointment_id and s.verdict = 'ahead'
    ) m on true
    -- One that could not be decided now stays due.
    left join lateral (
        select k.due_at
        from relance.no_show_looks k
        where k.tenant_id = p.tenant_id and k.appointment_id = p.appointment_id and k.verdict not in ('attended', 'held')
        offset 0
    ) l on true
), moved as (
    update relance.no_show_due d
    set next_due_at = next.due_at
    from next
    where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is not null
), emptied as (
    delete from relance.no_show_due d
    using next
    where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is null
)
select state, count(*) as count from written group by state
