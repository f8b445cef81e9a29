-- name: settle_events
-- What became of events that were stored before and waited to be evaluated anew: a replay, or a rematch after a lead came to be
-- known. Another instance that is at the same rows waits here, and then finds them done. An activity is logged once, whoever
-- asks how often.
with given as materialized (
    select *
    from unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[],
        $10::text[], $11::text[])
        with ordinality as g (
            id, tenant_id, match, lead_id, address_hash, masked, outcome, activity_id, channel, snippet, meta, ordinal)
), held as materialized (
    select i.id, i.tenant_id, i.lead_id
    from relance.inbound_messages i
    where i.id in (select g.id from given g) and i.waits_since is not null
    order by i.id
    for update
), news as materialized (
    -- What was found before stays found, though the lead or the message may be gone since; a row never changes its tenant.
    select g.*
    from given g
    join held h on h.id = g.id
    where h.lead_id is null and (h.tenant_id is null or h.tenant_id = g.tenant_id)
), settled as (
    update relance.inbound_messages i
    set waits_since = null,
        tenant_id = case when n.id is null then i.tenant_id else n.tenant_id end,
        match = case when n.id is null then i.match else n.match end,
        lead_id = case when n.id is null then i.lead_id else n.lead_id end,
        address_hash = coalesce(i.address_hash, decode(n.address_hash, 'hex')), masked = coalesce(i.masked, n.masked),
        outcome = case when n.id is null then i.outcome else n.outcome end
    from held h
    left join news n on n.id = h.id
    where i.id = h.id
), logged as materialized (
    select l.logged_at
    from (
        select
            array_agg(g.activity_id order by g.tenant_id, g.lead_id, g.id) as ids,
            array_agg(g.tenant_id order by g.tenant_id, g.lead_id, g.id) as tenants,
            array_agg(g.lead_id order by g.tenant_id, g.lead_id, g.id) as leads,
            array_agg(g.channel order by g.tenant_id, g.lead_id, g.id) as channels,
            array_agg('in'::text order by g.tenant_id, g.lead_id, g.id) as directions,
            array_agg('received'::text order by g.tenant_id, g.lead_id, g.id) as statuses,
            array_agg(g.snippet order by g.tenant_id, g.lead_id, g.id) as snippets,
            array_agg(g.meta::jsonb order by g.tenant_id, g.lead_id, g.id) as metas
        from news g
        where g.activity_id is not null
    ) a
    cross join lateral relance.log_activities(
        a.ids, a.tenants, a.leads, a.channels, a.directions, a.statuses, a.snippets, a.metas) l
    where a.ids is not null
)
select g.ordinal, h.id is not null as is_new, (select count(*) from logged) as activities
from given g
left join held h on h.id = g.id
order by g.ordinal
