-- name: list_suppressions
-- A page of suppressed addresses, newest first, masked. The key orders those of the same instant too.
select *
from (
    select
        tenant_id, channel, masked, scope, reason, created_at,
        to_char(created_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || '-'
            || left(md5(tenant_id || ' ' || channel || ' ' || scope || ' ' || address_hash::text), 12) as key
    from relance.suppressions
    where ($2::text is null or tenant_id = $2) and ($3::text is null or channel = $3) and ($4::text is null or scope = $4)
        and ($5::text is null or reason = $5) and ($6::text is null or address_hash = decode($6, 'hex'))
) s
where $1::text is null or key < $1
order by key desc
limit $7::integer
