-- name: given_leads
-- The leads that are named; the parameters between are those of page_of_leads.sql. compare_lead_alerts.sql follows.
with g as materialized (
    select distinct u.tenant_id, u.lead_id
    from unnest($1::text[], $2::text[]) as u (tenant_id, lead_id)
    where ($3::text is null or $4::text is null or $5::text is null) and $6::integer > 0
)
