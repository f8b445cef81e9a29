-- name: sample_hashes
-- Where the last messages went by hash, beside where their recipients are reached now: to tell whether a key is the workers'.
select d.channel, o.region, encode(d.recipient_hash, 'hex') as hash, case d.channel when 'email' then r.email else r.phone end as address
from (
    select * from relance.deliveries where recipient_hash is not null and channel <> 'in_app' order by id desc limit 20
) d
join organizations o on o.id = d.tenant_id
cross join lateral (
    select email, phone from leads l
    where d.recipient_type = 'lead' and l.tenant_id = d.tenant_id and l.id = d.recipient_id
    union all
    select email, phone from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r
where case d.channel when 'email' then r.email else r.phone end is not null
