-- name: touched_leads
-- The leads that an incremental run must look at, by the clock: those with an activity (or born) since the last look, or since a
-- transaction may have begun that has ended since; those with one that has come of the age of some threshold since the last look,
-- or that was of it then if the clock was set back; and those that have come off the blacklist. What the clock does not show is
-- marked by triggers. What to do with them follows.
with progress as materialized (
    select
        p.*, least(p.evaluated_at, relance.now()) as lower, greatest(p.evaluated_at, relance.now()) as upper,
        -- A clock that was set back has new activities before what was seen.
        case when p.seen_until > now() then now() - interval '1 hour' else p.seen_until end as look_from,
        pg_current_snapshot() as snapshot
    from relance.lead_alert_progress p
), waited as materialized (
    -- Those that the cluster does not know, it was moved to another, count as ended.
    select w.xid, least(w.since, p.look_from) as since, u.xid is null as has_ended
    from progress p
    cross join unnest(p.awaited, p.awaited_since) as w (xid, since)
    left join pg_snapshot_xip(p.snapshot) as u (xid) on u.xid = w.xid
), span as materialized (
    -- As text: '1 mon' equals '30 days', but is another time.
    select distinct v.span::text as span
    from alert_thresholds t
    cross join lateral (values
        (t.no_contact_after), (t.no_reply_after), (t.stale_after), (t.high_value_after), (t.hot_lead_within),
        (t.preferred_within)) as v (span)
), edge as materialized (
    select least(p.look_from, (select min(w.since) from waited w where w.has_ended)) as lower, timestamptz 'infinity' as upper
    from progress p
    union all
    select p.lower - s.span::interval, p.upper - s.span::interval from progress p cross join span s
), touched as materialized (
    select a.tenant_id, a.lead_id
    from edge e
    cross join lateral (
        select a.tenant_id, a.lead_id from lead_activities a where a.created_at between e.lower and e.upper offset 0
    ) a
    union
    select l.tenant_id, l.id
    from edge e
    cross join lateral (
        select l.tenant_id, l.id from leads l where l.created_at between e.lower and e.upper offset 0
    ) l
    union
    select b.tenant_id, l.id
    from progress p
    join blacklist_entries b on b.expires_at between p.lower and p.upper and b.ended_at is null
    cross join lateral relance.leads_of_entry(b) l (id)
)
