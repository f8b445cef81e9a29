-- name: mark_touched_leads
-- Marks them, and moves on: business time and the clock to now. An activity is created at most five seconds before it is written,
-- or marked; so of those created before this look, less five seconds, only what transactions under way have written can still
-- appear. Each of them began to write after the look before the one that found it. An idle run writes nothing.
, fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), marked as (
    insert into relance.lead_alert_marks (tenant_id, lead_id)
    select tenant_id, lead_id from touched where exists (select from fence) order by tenant_id, lead_id
), under_way as (
    select
        coalesce(array_agg(u.xid), '{}') as xids, coalesce(array_agg(coalesce(w.since, p.look_from)), '{}') as since
    from progress p
    cross join lateral pg_snapshot_xip(p.snapshot) as u (xid)
    left join waited w on w.xid = u.xid
), moved as (
    update relance.lead_alert_progress p
    set evaluated_at = relance.now(), seen_until = now() - interval '5 seconds', awaited = u.xids, awaited_since = u.since
    from under_way u, progress o
    where exists (select from fence)
        and (exists (select from touched) or relance.now() not between o.evaluated_at and o.evaluated_at + interval '5 minutes')
)
select
    (select count(*) from fence) as held, (select count(*) from touched) as touched,
    exists (select from touched) or exists (select from relance.lead_alert_marks) as has_work,
    (select relance.now() not between p.calendar_at - interval '2 hours' and p.calendar_at from progress p) as is_new_hour
