-- name: find_known_events
-- Which of these events are stored already (D-40): they are answered at once. Whatever comes in between is decided by the
-- unique key when it is stored.
select g.ordinal
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as g (ordinal, provider, account, event_key)
join relance.inbound_messages i on i.provider = g.provider and i.account = g.account and i.event_key = g.event_key
