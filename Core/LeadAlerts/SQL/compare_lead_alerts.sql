-- name: compare_lead_alerts
-- What holds of the leads `g` against the alerts that stand, and so what is to be done: raise, retell, renew (what it was about has
-- ended and begun anew), supersede (another alert says more, D-33), resolve. What was resolved by hand stays so until its anchor
-- moves (D-31). What becomes of it follows: a preview or the deed.
, wanted as materialized (
    select c.*
    from relance.lead_alert_conditions(
        (select array_agg(g.tenant_id) from g),
        (select array_agg(g.lead_id) from g)) c
), active as materialized (
    select a.*
    from g
    cross join lateral (
        select m.tenant_id, m.lead_id, m.type, m.id, m.anchor_at, m.facts
        from max_alerts m
        where m.tenant_id = g.tenant_id and m.lead_id = g.lead_id and m.resolved_at is null
        offset 0
    ) a
    -- A tenant without thresholds has no rules: its alerts are somebody else's.
    where exists (select from alert_thresholds t where t.tenant_id = g.tenant_id offset 0)
), compared as materialized (
    select
        coalesce(w.tenant_id, a.tenant_id) as tenant_id, coalesce(w.lead_id, a.lead_id) as lead_id,
        coalesce(w.type, a.type) as type, a.id, w.anchor_at, w.muted_by, w.facts,
        case
            when a.id is null and w.muted_by is null then 'raise'
            when a.id is null then null
            when w.type is null then 'resolve'
            when w.muted_by is not null then 'supersede'
            -- The last of our messages moves on while a lead keeps to another channel.
            when w.anchor_at <> a.anchor_at and w.type <> 'PreferredChannel' then 'renew'
            when w.facts is distinct from a.facts or w.anchor_at <> a.anchor_at then 'retell'
        end as verb
    from wanted w
    full join active a on a.tenant_id = w.tenant_id and a.lead_id = w.lead_id and a.type = w.type
), change as materialized (
    select c.*
    from (
        select
            c.tenant_id, c.lead_id, c.type, c.id, c.anchor_at, c.muted_by, c.facts,
            case when c.verb = 'renew' and s.is_silenced then 'resolve' when not (c.verb = 'raise' and s.is_silenced) then c.verb end
                as verb
        from compared c
        cross join lateral (
            select c.verb in ('raise', 'renew') and exists (
                select from max_alerts o
                where o.tenant_id = c.tenant_id and o.lead_id = c.lead_id and o.type = c.type and o.anchor_at = c.anchor_at
                    and o.resolved_at is not null and o.resolved_by = 'user_manual' offset 0) as is_silenced
        ) s
        where c.verb is not null
    ) c
    where c.verb is not null
)
