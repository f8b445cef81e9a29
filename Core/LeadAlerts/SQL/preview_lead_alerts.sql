-- name: preview_lead_alerts
-- What a run would do, without doing it; and, in every row, how many leads were looked at and where they end.
select
    c.verb, c.tenant_id, c.lead_id, c.type, relance.alert_severity(c.type) as severity, c.anchor_at,
    coalesce(x.message, '') as message,
    p.examined, p.last_tenant, p.last_lead
from (
    select
        count(*) as examined, max(g.tenant_id) as last_tenant,
        (array_agg(g.lead_id order by g.tenant_id desc, g.lead_id desc))[1] as last_lead
    from g
) p
left join change c on true
left join lateral relance.alert_texts(c.type, c.lead_id, c.facts) x on true
order by c.tenant_id, c.lead_id, c.type
