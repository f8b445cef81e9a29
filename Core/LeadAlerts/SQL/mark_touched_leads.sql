-- name: mark_touched_leads
-- Marks them, and moves on: business time to now, the clock to an earlier look, once every transaction that had begun by then has
-- ended. An activity is created at most five seconds before it is written, or marked; so none created before that look, less
-- five seconds, can appear any more. An idle run writes nothing.
, fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), marked as (
    insert into relance.lead_alert_marks (tenant_id, lead_id)
    select tenant_id, lead_id from touched where exists (select from fence) order by tenant_id, lead_id
), looked as (
    select
        pg_snapshot_xmin(p.snapshot) >= p.probe_xid as has_settled,
        -- Transactions are counted anew where the database was loaded into another cluster.
        p.probe_xid > pg_snapshot_xmax(p.snapshot) as is_foreign
    from progress p
), moved as (
    update relance.lead_alert_progress p
    set evaluated_at = relance.now(),
        seen_until = case when l.has_settled then least(p.probe_at - interval '5 seconds', now()) else o.seen_from end,
        probe_at = case when l.has_settled or l.is_foreign then now() else p.probe_at end,
        probe_xid = case when l.has_settled or l.is_foreign then pg_snapshot_xmax(o.snapshot) else p.probe_xid end
    from looked l, progress o
    where exists (select from fence)
        and (exists (select from touched) or relance.now() not between o.evaluated_at and o.evaluated_at + interval '5 minutes')
)
select
    (select count(*) from fence) as held, (select count(*) from touched) as touched,
    exists (select from touched) or exists (select from relance.lead_alert_marks) as has_work,
    (select relance.now() not between p.calendar_at - interval '2 hours' and p.calendar_at from progress p) as is_new_hour
