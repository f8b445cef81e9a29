-- name: raise_hot_leads
-- HotLead24h for leads that have just written: so many inbound contacts within a day and since our last answer. The anchor is
-- the one that made it so many. An open alert is kept and told anew (D-32); one resolved by hand stays resolved (D-31);
-- leads that are closed or gone are left alone (D-35). Runs after log_activities, whose rows it sees.
with hot as (
    select g.tenant_id, g.lead_id, s.inbound, s.anchor_at, t.hot_lead_within
    from unnest($1::text[], $2::text[]) as g (tenant_id, lead_id)
    join alert_thresholds t on t.tenant_id = g.tenant_id
    cross join lateral (
        select count(*) as inbound, (array_agg(r.created_at order by r.created_at))[t.hot_lead_inbound] as anchor_at
        from (
            select l.created_at, l.direction,
                count(*) filter (where l.direction = 'out') over (order by l.created_at desc, l.id desc) as answers
            from (
                select a.created_at, a.id, a.direction
                from lead_activities a
                where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id
                    and a.created_at > relance.now() - t.hot_lead_within
                    and relance.is_contact(a.direction, a.status, a.meta)
                order by a.created_at desc
                limit 100
            ) l
        ) r
        where r.direction = 'in' and r.answers = 0
    ) s
    left join leads l on l.tenant_id = g.tenant_id and l.id = g.lead_id
    where s.inbound >= t.hot_lead_inbound
        and (l.id is null or (l.status not in ('DISQUALIFIED', 'WON', 'LOST') and l.erased_at is null))
)
insert into max_alerts as m (tenant_id, lead_id, type, severity, message, suggested_action, anchor_at)
select
    h.tenant_id, h.lead_id, 'HotLead24h', 'high',
    format('Lead très actif : %s messages reçus en 24 h. À traiter en priorité.', h.inbound),
    jsonb_build_object(
        'label', 'Répondre maintenant', 'action', 'open_lead', 'params', jsonb_build_object('leadId', h.lead_id)),
    h.anchor_at
from hot h
where not exists (
    select from max_alerts o
    where o.tenant_id = h.tenant_id and o.lead_id = h.lead_id and o.type = 'HotLead24h' and o.anchor_at = h.anchor_at
        and o.resolved_at is not null)
order by h.tenant_id, h.lead_id
on conflict (tenant_id, lead_id, type) where resolved_at is null do update
set message = excluded.message, severity = excluded.severity
returning m.tenant_id, m.lead_id, m.xmax = 0 as is_new
