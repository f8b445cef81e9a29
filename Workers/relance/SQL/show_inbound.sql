-- name: show_inbound
-- One event with what became of it, and what operators did about it. Of its body only size and hash: the text is a person's.
select
    i.id, i.received_at, i.tenant_id, i.provider, i.account, i.event_key, i.kind, i.type, i.masked, i.match, i.lead_id,
    i.outcome, i.waits_since, octet_length(i.body) as bytes, encode(sha256(i.body), 'hex') as hash, i.content_type, i.target,
    (
        select string_agg(
            to_char(o.done_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"') || ' ' || o.operator || ' ' || o.action, chr(10)
            order by o.id)
        from relance.operator_actions o
        where o.target = 'inbound:' || i.id
    ) as actions
from relance.inbound_messages i
where i.id = $1
