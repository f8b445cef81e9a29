-- name: write_lead_alerts
-- Does it, under the leader's epoch: alerts are locked in the order of tenant, lead and type, as by everybody, before the first new
-- one is written. What somebody has resolved meanwhile stays so. What is to be renewed is resolved here, and its lead marked. How
-- an alert ended is said as ingest says it (D-30): by the first contact since its anchor, if one ended it.
, fence as materialized (
    select from relance.leases where name = $7 and epoch = $8::bigint and expires_at > clock_timestamp() for share
), locked as materialized (
    -- One by one through the index, and so in the order in which they come.
    select m.tenant_id, m.id, c.verb, c.muted_by, c.anchor_at, c.facts, c.type, c.lead_id, m.anchor_at as since
    from (
        select * from change where verb <> 'raise' and exists (select from fence) order by tenant_id, lead_id, type
    ) c
    cross join lateral (
        select a.tenant_id, a.id, a.anchor_at from max_alerts a
        where a.tenant_id = c.tenant_id and a.id = c.id and a.resolved_at is null
        offset 0
        for update
    ) m
), ended as (
    update max_alerts m
    set resolved_at = relance.now(),
        resolved_by = case
            when l.verb = 'supersede' then 'superseded:' || l.muted_by
            when c.direction = 'in' then 'auto:inbound'
            when c.direction = 'out' then 'auto:outbound'
            else 'auto:condition'
        end
    from locked l
    left join lateral (
        select a.direction
        from lead_activities a
        where l.verb <> 'supersede' and l.type <> 'PreferredChannel'
            and a.tenant_id = l.tenant_id and a.lead_id = l.lead_id and a.is_contact and a.created_at > l.since
            and (l.type <> 'HotLead24h' or a.direction = 'out')
        order by a.created_at
        limit 1
    ) c on true
    where m.tenant_id = l.tenant_id and m.id = l.id and l.verb in ('resolve', 'supersede', 'renew')
    returning l.verb, l.tenant_id, l.lead_id
), marked as (
    insert into relance.lead_alert_marks (tenant_id, lead_id)
    select e.tenant_id, e.lead_id from ended e where e.verb = 'renew'
), retold as (
    update max_alerts m
    set message = x.message, suggested_action = x.suggested_action, facts = l.facts, anchor_at = l.anchor_at,
        severity = relance.alert_severity(l.type)
    from locked l
    cross join lateral relance.alert_texts(l.type, l.lead_id, l.facts) x
    where m.tenant_id = l.tenant_id and m.id = l.id and l.verb = 'retell'
    returning 1
), raised as (
    insert into max_alerts as m (
        tenant_id, lead_id, type, severity, message, suggested_action, anchor_at, facts, created_at)
    select
        c.tenant_id, c.lead_id, c.type, relance.alert_severity(c.type), x.message, x.suggested_action, c.anchor_at, c.facts,
        relance.now()
    from change c
    cross join lateral relance.alert_texts(c.type, c.lead_id, c.facts) x
    where c.verb = 'raise' and exists (select from fence) and (select count(*) from locked) >= 0
    order by c.tenant_id, c.lead_id, c.type
    on conflict (tenant_id, lead_id, type) where resolved_at is null do update
    set message = excluded.message, severity = excluded.severity, suggested_action = excluded.suggested_action,
        facts = excluded.facts
    returning m.tenant_id, m.id, m.xmax = 0 as is_new
)
select
    (select count(*) from fence) as held, p.examined, p.last_tenant, p.last_lead,
    (select count(*) from raised where is_new) as raised, (select count(*) from retold) as retold,
    (select count(*) from ended where verb = 'supersede') as superseded,
    (select count(*) from ended where verb <> 'supersede') as resolved,
    (select count(*) from ended where verb = 'renew') as renewed,
    (select json_agg(r.tenant_id) from raised r where r.is_new)::text as raised_tenants,
    (select json_agg(r.id) from raised r where r.is_new)::text as raised_ids
from (
    select
        count(*) as examined, max(g.tenant_id) as last_tenant,
        (array_agg(g.lead_id order by g.tenant_id desc, g.lead_id desc))[1] as last_lead
    from g
) p
