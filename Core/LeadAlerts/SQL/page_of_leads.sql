-- name: page_of_leads
-- The next leads after a key, up to another one, of one tenant or of all: those known here, those that only activities name
-- (another system keeps them), and those that alerts are left of. compare_lead_alerts.sql follows.
with g as materialized (
    select k.tenant_id, k.lead_id
    from (
        (select l.tenant_id, l.id as lead_id from leads l
        where (l.tenant_id, l.id) > ($1::text, $2::text) and ($3::text is null or (l.tenant_id, l.id) <= ($3::text, $4::text))
            and ($5::text is null or l.tenant_id = $5::text)
        order by l.tenant_id, l.id limit $6::integer)
        union
        (select a.tenant_id, a.lead_id from lead_activities a
        where (a.tenant_id, a.lead_id) > ($1::text, $2::text)
            and ($3::text is null or (a.tenant_id, a.lead_id) <= ($3::text, $4::text))
            and ($5::text is null or a.tenant_id = $5::text)
        group by a.tenant_id, a.lead_id
        order by a.tenant_id, a.lead_id limit $6::integer)
        union
        (select m.tenant_id, m.lead_id from max_alerts m
        where (m.tenant_id, m.lead_id) > ($1::text, $2::text)
            and ($3::text is null or (m.tenant_id, m.lead_id) <= ($3::text, $4::text))
            and ($5::text is null or m.tenant_id = $5::text) and m.resolved_at is null
        group by m.tenant_id, m.lead_id
        order by m.tenant_id, m.lead_id limit $6::integer)
    ) k
    order by k.tenant_id, k.lead_id
    limit $6::integer
)
