-- name: add_to_blacklist
-- Puts a person on the blacklist by hand: a lead with its addresses, or an address alone. No row: there is no such organisation or
-- lead; is_new is false where the person is on it already.
with person as materialized (
    select
        o.id as tenant_id, l.id as lead_id, relance.normal_email(coalesce(l.email, $3)) as email,
        relance.normal_phone(coalesce(l.phone, $4)) as phone
    from organizations o
    left join leads l on l.tenant_id = o.id and l.id = $2
    where o.id = $1 and ($2::text is null or l.id is not null)
), written as (
    insert into blacklist_entries (tenant_id, lead_id, email, phone, source, reason, created_by, expires_at)
    select tenant_id, lead_id, email, phone, 'manual', $5, $6, relance.now() + make_interval(days => $7::integer)
    from person
    where not relance.is_blacklisted(tenant_id, lead_id, email, phone)
    returning id
)
select (select id from written) as id, exists (select from written) as is_new from person
