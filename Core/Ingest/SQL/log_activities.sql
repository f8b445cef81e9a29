-- name: log_activities
-- A batch of activities, and the alerts whose conditions end with them (D-30). Rows come sorted by tenant and lead, so that
-- alerts are always locked in one order. One row for each activity, in order, with the types that it resolved.
with given as materialized (
    select g.*, relance.is_contact(g.direction, g.status, g.meta::jsonb) as is_contact
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        with ordinality as g (id, tenant_id, lead_id, channel, direction, status, snippet, meta, ordinal)
), logged as (
    insert into lead_activities (id, tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
    select g.id, g.tenant_id, g.lead_id, g.channel, g.direction, g.status, g.snippet, g.meta::jsonb, clock_timestamp()
    from given g
    returning id, created_at
), held as materialized (
    -- Lead by lead through the index, whatever the planner thinks of the numbers, and so locked in the order of the leads.
    select a.*
    from (select distinct tenant_id, lead_id from given where is_contact order by tenant_id, lead_id) g
    cross join lateral (
        select m.tenant_id, m.id, m.lead_id, m.type
        from max_alerts m
        where m.tenant_id = g.tenant_id and m.lead_id = g.lead_id and m.resolved_at is null
            and m.type in ('NoContact7d', 'NoReply3d', 'StaleLead30d', 'HighValueRisk', 'HotLead24h')
        order by m.type
        for update
    ) a
), answered as (
    -- Our answer ends a hot lead's wait; what the lead writes does not.
    select distinct on (h.tenant_id, h.id) h.tenant_id, h.id, h.type, g.ordinal, g.direction
    from held h
    join given g on g.tenant_id = h.tenant_id and g.lead_id = h.lead_id and g.is_contact
        and (h.type <> 'HotLead24h' or g.direction = 'out')
    order by h.tenant_id, h.id, g.ordinal
), resolved as (
    update max_alerts a
    set resolved_at = relance.now(), resolved_by = case w.direction when 'in' then 'auto:inbound' else 'auto:outbound' end
    from answered w
    where a.tenant_id = w.tenant_id and a.id = w.id
    returning w.ordinal, w.type
), named as (
    select ordinal, string_agg(type, ',' order by type) as types from resolved group by ordinal
)
select l.created_at, n.types as resolved
from given g
join logged l on l.id = g.id
left join named n on n.ordinal = g.ordinal
order by g.ordinal
