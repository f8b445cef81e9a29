-- name: pick_unmatched
-- Messages without a lead, the newest first; of one organisation, or also those of which nobody knows whose they are.
select i.id
from relance.inbound_messages i
where i.outcome in ('unmatched', 'unrouted') and ($1::text is null or i.tenant_id = $1)
    and ($2::timestamptz is null or i.received_at >= $2)
order by i.id desc
limit $3::integer
