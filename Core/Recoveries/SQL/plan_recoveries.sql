-- name: plan_recoveries
-- Turns what a look at the locked abandons comes to into ledger rows, jobs and ends, under the leader's epoch; replaces their
-- pointers by the next one. Runs after the lock in the same transaction: its snapshot cannot miss a change of what is locked, and
-- a mark that it does not see stays.
with fence as materialized (
    select from relance.leases
    where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp()
    for share
), locked as materialized (
    select g.tenant_id, g.abandon_id, g.hash
    from unnest($3::text[], $4::text[], $5::text[]) as g (tenant_id, abandon_id, hash)
    where exists (select from fence)
), look as materialized (
    select k.*
    from relance.look_at_recoveries(
        array(select tenant_id from locked order by tenant_id, abandon_id),
        array(select abandon_id from locked order by tenant_id, abandon_id),
        array(select hash from locked order by tenant_id, abandon_id)) k
), step as materialized (
    select
        k.tenant_id, k.abandon_id, k.lead_id, k.stop_at, w.step, w.due_at, w.state, w.reason,
        -- Rows of the step that its claim gave back.
        (select count(*) from relance.deliveries d
        where d.tenant_id = k.tenant_id and d.subject = k.abandon_id and d.kind = 'recovery' and d.step = w.step)::integer as revision
    from look k
    cross join lateral (
        select s.step, k.last_activity_at + s.after as due_at, 'skipped' as state, 'collapsed' as reason
        from unnest(k.collapsed) as c (step)
        join relance.recovery_schedule s on s.step = c.step
        union all
        select
            k.step, k.due_at, case k.verdict when 'due' then 'pending' when 'missed' then 'missed' else 'skipped' end,
            case k.verdict when 'due' then null when 'missed' then 'no_tick_before_expiry' else k.verdict end
    ) w
    where k.verdict in ('due', 'missed', 'too_late', 'recent_mail')
    -- In one order for all planners.
    order by k.tenant_id, k.abandon_id, w.step
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class, due_at,
        expires_at, hard_stop_at, state, reason, lateness_s, trace_id, run_id, settled_at)
    select
        tenant_id, 'recovery:' || abandon_id || ':' || revision || ':' || step || ':email:visitor:' || abandon_id, 'recovery',
        abandon_id, revision, step, 'email', case when lead_id is null then 'visitor' else 'lead' end,
        coalesce(lead_id, abandon_id), 'marketing', due_at, stop_at, stop_at, state, reason,
        case state when 'missed' then extract(epoch from relance.now() - due_at)::integer end,
        replace(gen_random_uuid()::text, '-', ''), $6::uuid,
        case state when 'pending' then null else clock_timestamp() end
    from step
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, step, state, expires_at, trace_id
), enqueued as (
    -- After what people wait for: appointments before advertising (D-90).
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        tenant_id, 'message.email', 'messages', 'available', 5, relance.now(), expires_at, dedupe_key,
        jsonb_build_object('delivery', id), trace_id
    from written
    where state = 'pending'
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
), alerted as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        'steps_missed:' || tenant_id || ':recovery ' || step || ':' || $6, tenant_id, 'steps_missed', 'warning',
        'recovery mails expired before a tick could plan them: ' || step,
        jsonb_build_object('step', step, 'run', $6, 'missed', count(*))
    from written
    where state = 'missed'
    group by tenant_id, step
    order by tenant_id, step
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(),
        detail = a.detail || jsonb_build_object(
            'missed', (a.detail ->> 'missed')::integer + (excluded.detail ->> 'missed')::integer)
), told as (
    update form_abandons a
    set ended_at = case when k.end_reason is null then a.ended_at else relance.now() end,
        ended_reason = coalesce(k.end_reason, a.ended_reason), submission_id = coalesce(k.submission_id, a.submission_id),
        recovered_at = case when k.is_recovered then relance.now() else a.recovered_at end,
        -- Drawn once, when it comes to the first mail.
        sequence_at = case when k.verdict in ('due', 'hold_out') then coalesce(a.sequence_at, relance.now()) else a.sequence_at end,
        is_held_out = case
            when k.verdict in ('due', 'hold_out') then coalesce(a.is_held_out, k.verdict = 'hold_out') else a.is_held_out end,
        updated_at = relance.now()
    from look k
    where a.tenant_id = k.tenant_id and a.id = k.abandon_id
        and (k.end_reason is not null or (k.verdict in ('due', 'hold_out') and a.is_held_out is null))
), gone as (
    select g.tenant_id, g.abandon_id
    from unnest($7::text[], $8::text[]) as g (tenant_id, abandon_id)
    where exists (select from fence)
        and not exists (select from form_abandons a where a.tenant_id = g.tenant_id and a.id = g.abandon_id)
), cleared as (
    delete from relance.abandon_due d
    using (select tenant_id, abandon_id from locked union all select tenant_id, abandon_id from gone) c
    where d.tenant_id = c.tenant_id and d.abandon_id = c.abandon_id
), pointed as (
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    select tenant_id, abandon_id, look_at from look where look_at is not null
)
select 'fence' as word, 'held' as state, count(*) as count from fence
union all
select step, state, count(*) from written group by step, state
union all
select end_reason, 'ended', count(*) from look where end_reason is not null group by end_reason
union all
select verdict, 'held_out', count(*) from look where verdict = 'hold_out' group by verdict
