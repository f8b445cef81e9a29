-- name: read_known_ids
-- Messages to the recipients of lost requests that the provider is known to have taken in: an equal text of a moment before must
-- not be taken for the lost one. Asked for rarely, and only about the hours around.
select d.id as delivery_id, other.provider_id
from relance.deliveries d
join relance.deliveries other on other.tenant_id = d.tenant_id and other.settled_at > clock_timestamp() - interval '2 days'
    and other.recipient_hash = d.recipient_hash and other.id <> d.id and other.provider_id is not null
where d.id = any ($1::bigint[])
