-- name: read_known_ids
-- Messages to the recipients of lost requests, by the same account, whoever's they are, that are accounted for already: an equal
-- text of a moment before must not be taken for the lost one. Asked for rarely, and only about the hours around.
with lost as (
    select d.id, d.channel, d.recipient_hash, a.account
    from relance.deliveries d
    join relance.delivery_attempts a on a.delivery_id = d.id and a.closed_at is null
    where d.id = any ($1::bigint[])
)
select l.id as delivery_id, other.provider_id
from lost l
join relance.conversations v on v.channel = l.channel and v.address_hash = l.recipient_hash and v.account = l.account
join relance.deliveries other on other.tenant_id = v.tenant_id and other.settled_at > clock_timestamp() - interval '2 days'
    and other.recipient_hash = l.recipient_hash and other.id <> l.id and other.provider_id is not null
union
-- Found by another look-up, and about to be recorded.
select l.id, a.provider_id
from lost l
join relance.deliveries other on other.recipient_hash = l.recipient_hash and other.id <> l.id
join relance.delivery_attempts a on a.delivery_id = other.id and a.closed_at is null and a.provider_id is not null
