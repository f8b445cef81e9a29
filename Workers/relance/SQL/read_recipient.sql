-- name: read_recipient
-- Where a message would go now, to be hashed and masked: never printed.
select
    d.channel, o.region, encode(d.recipient_hash, 'hex') as address_hash,
    case d.channel when 'email' then r.email when 'in_app' then null else r.phone end as address
from relance.deliveries d
left join organizations o on o.id = d.tenant_id
left join lateral (
    select email, phone from leads l
    where d.recipient_type = 'lead' and l.tenant_id = d.tenant_id and l.id = d.recipient_id
    union all
    select email, phone from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r on true
where d.id = $1::bigint
