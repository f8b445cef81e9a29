-- name: find_waiting_events
-- Events that an operator wants evaluated anew, a few at a time, in order.
select id, provider, account, event_key, target, content_type, encode(body, 'hex') as body, received_at
from relance.inbound_messages
where waits_since is not null and id > $1
order by id
limit $2
