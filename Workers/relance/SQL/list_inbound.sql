-- name: list_inbound
-- A page of what providers delivered, newest first: senders masked, bodies left where they are.
select
    i.id, i.received_at, i.tenant_id, i.provider, i.account, i.event_key, i.kind, i.type, i.masked, i.match, i.lead_id,
    i.outcome, i.waits_since, octet_length(i.body) as bytes
from relance.inbound_messages i
where i.id < $1 and ($2::text is null or i.tenant_id = $2) and ($3::text is null or i.provider = $3)
    and ($4::text is null or i.kind = $4) and ($5::text is null or i.outcome = $5)
order by i.id desc
limit $6::integer
