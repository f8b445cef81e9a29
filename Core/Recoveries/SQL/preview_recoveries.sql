-- name: preview_recoveries
-- What a run would plan and end now, without writing: the same look, for --dry-run.
select
    k.tenant_id, k.abandon_id, k.form_id, w.step, w.due_at, w.verdict,
    case when k.lead_id is null then 'visitor:' || k.abandon_id else 'lead:' || k.lead_id end as recipient
from relance.look_at_recoveries($1::text[], $2::text[], $3::text[]) k
cross join lateral (
    select s.step, k.last_activity_at + s.after as due_at, 'skip: collapsed' as verdict
    from unnest(k.collapsed) as c (step)
    join relance.recovery_schedule s on s.step = c.step
    where k.verdict in ('due', 'missed', 'too_late', 'recent_mail')
    union all
    select
        k.step, k.due_at,
        case k.verdict when 'due' then 'send' when 'missed' then 'miss: no_tick_before_expiry' else 'skip: ' || k.verdict end
    where k.verdict in ('due', 'missed', 'too_late', 'recent_mail')
    union all
    select k.step, k.due_at, 'hold out' where k.verdict = 'hold_out'
    union all
    select '-', k.last_activity_at, 'end: ' || k.end_reason where k.end_reason is not null
) w
order by k.tenant_id, k.abandon_id, w.due_at, w.step
