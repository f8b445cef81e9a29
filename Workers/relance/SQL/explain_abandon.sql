-- name: explain_abandon
-- $3 is the hash of the visit's address, by which suppressions are known; null where nobody can tell it.
-- The story of one abandoned visit: who, what was planned and sent, what stands against the next step, when it is looked at again.
select
    jsonb_build_object(
        'id', a.id, 'tenant', a.tenant_id, 'form', a.form_id, 'form_name', f.name, 'form_status', f.status,
        'email', relance.masked(a.email), 'consent', a.marketing_consent, 'timezone', a.timezone, 'captured_at', a.created_at,
        'last_activity_at', a.last_activity_at, 'stop_at', r.stop_at, 'closes_at', r.closes_at, 'mailed_at', a.mailed_at,
        'sequence_at', a.sequence_at, 'is_held_out', a.is_held_out, 'ended_at', a.ended_at, 'ended_reason', a.ended_reason,
        'submission', a.submission_id, 'recovered_at', a.recovered_at, 'lead', r.lead_id,
        'is_enabled', coalesce(c.is_enabled, false), 'activated_at', c.activated_at, 'holdout_percent', c.holdout_percent)
        as abandon,
    (
        select jsonb_agg(jsonb_build_object(
            'step', s.step, 'due_at', a.last_activity_at + s.after, 'is_before_activation',
            a.last_activity_at + s.after < c.activated_at, 'is_due', a.last_activity_at + s.after <= relance.now(),
            'messages', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'id', d.id, 'state', d.state, 'reason', d.reason, 'due_at', d.due_at, 'sent_at', d.sent_at,
                    'deferred_by', d.deferred_by) order by d.id), '[]')
                from relance.deliveries d
                where d.tenant_id = a.tenant_id and d.subject = a.id and d.kind = 'recovery' and d.step = s.step))
            order by s.place)
        from relance.recovery_schedule s
    ) as steps,
    jsonb_build_object(
        'verdict', k.verdict, 'exit_reason', coalesce(r.exit_reason, case k.verdict when 'exit' then k.end_reason end),
        'quiet_until', o.quiet_until, 'step', o.step, 'knows_suppressions', a.email is null or $3::text is not null,
        'look_at', (
            select nullif(min(d.next_due_at), '-infinity') from relance.abandon_due d
            where d.tenant_id = a.tenant_id and d.abandon_id = a.id),
        'is_marked', exists (
            select from relance.abandon_due d
            where d.tenant_id = a.tenant_id and d.abandon_id = a.id and d.next_due_at <= relance.now()))
        as now
from form_abandons a
join forms f on f.tenant_id = a.tenant_id and f.id = a.form_id
join relance.recoveries r on r.tenant_id = a.tenant_id and r.abandon_id = a.id
left join recovery_settings c on c.tenant_id = a.tenant_id
left join relance.open_recoveries o on o.tenant_id = a.tenant_id and o.abandon_id = a.id
left join relance.look_at_recoveries(array[a.tenant_id], array[a.id], array[$3]) k on true
where a.id = $1 and ($2::text is null or a.tenant_id = $2)
order by a.tenant_id
limit 2
