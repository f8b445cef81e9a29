-- name: read_windows
-- For WhatsApp messages: whether the recipient wrote within 24 hours, so that free text may go out, and the approved template
-- that takes its place otherwise (D-14). One row for each, in order.
select
    exists (
        select from relance.conversations c
        where c.tenant_id = g.tenant_id and c.channel = 'whatsapp' and c.address_hash = decode(g.hash, 'hex')
            and c.account = g.account and c.last_inbound_at > relance.now() - interval '24 hours') as is_open,
    (select content_sid from whatsapp_templates t where t.tenant_id = g.tenant_id and t.name = g.name) as content_sid
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as g (tenant_id, hash, account, name, ordinal)
order by g.ordinal
