-- name: list_blacklist
-- A page of who may not book in public, newest first, masked: those that hold now, or all there ever were. The key orders those of the
-- same instant too.
select *
from (
    select
        b.tenant_id, b.id, b.lead_id, relance.masked(b.email) as email, relance.masked(b.phone) as phone, b.source, b.reason,
        b.created_at, b.created_by, b.expires_at, b.ended_at, b.ended_by,
        case when b.ended_how is not null then b.ended_how when b.expires_at <= relance.now() then 'expired' else 'active' end as state,
        to_char(b.created_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || '-' || left(md5(b.tenant_id || ' ' || b.id), 12) as key
    from blacklist_entries b
    where ($2::text is null or b.tenant_id = $2) and ($3::text is null or b.lead_id = $3)
) s
where ($1::text is null or key < $1) and ($4::boolean or state = 'active')
order by key desc
limit $5::integer
