-- name: store_events
-- Stores events as they came, each once (D-40), and logs the activities of those that are new in the same statement: what came
-- before, or comes at this moment by another connection, does nothing. In the order of the keys, then of the leads, so that
-- batches never wait for each other in a circle. A row for each event, in order.
with given as materialized (
    select *
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::text[],
        $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[], $16::text[], $17::text[], $18::text[])
        with ordinality as g (
            tenant_id, provider, account, event_key, kind, type, target, content_type, body, match, lead_id, address_hash,
            masked, outcome, activity_id, channel, snippet, meta, ordinal)
), stored as materialized (
    insert into relance.inbound_messages (
        tenant_id, provider, account, event_key, kind, type, target, content_type, body, match, lead_id, address_hash, masked,
        outcome)
    select
        g.tenant_id, g.provider, g.account, g.event_key, g.kind, g.type, g.target, g.content_type, g.body,
        g.match, g.lead_id, decode(g.address_hash, 'hex'), g.masked, g.outcome
    from given g
    order by g.provider, g.account, g.event_key
    on conflict (provider, account, event_key) do nothing
    returning provider, account, event_key
), fresh as materialized (
    select g.*
    from given g
    join stored s on s.provider = g.provider and s.account = g.account and s.event_key = g.event_key
), logged as materialized (
    select l.logged_at
    from (
        select
            array_agg(f.activity_id order by f.tenant_id, f.lead_id, f.ordinal) as ids,
            array_agg(f.tenant_id order by f.tenant_id, f.lead_id, f.ordinal) as tenants,
            array_agg(f.lead_id order by f.tenant_id, f.lead_id, f.ordinal) as leads,
            array_agg(f.channel order by f.tenant_id, f.lead_id, f.ordinal) as channels,
            array_agg('in'::text order by f.tenant_id, f.lead_id, f.ordinal) as directions,
            array_agg('received'::text order by f.tenant_id, f.lead_id, f.ordinal) as statuses,
            array_agg(f.snippet order by f.tenant_id, f.lead_id, f.ordinal) as snippets,
            array_agg(f.meta::jsonb order by f.tenant_id, f.lead_id, f.ordinal) as metas
        from fresh f
        where f.activity_id is not null
    ) a
    cross join lateral relance.log_activities(
        a.ids, a.tenants, a.leads, a.channels, a.directions, a.statuses, a.snippets, a.metas) l
    where a.ids is not null
)
select g.ordinal, f.ordinal is not null as is_new, (select count(*) from logged) as activities
from given g
left join fresh f on f.ordinal = g.ordinal
order by g.ordinal
