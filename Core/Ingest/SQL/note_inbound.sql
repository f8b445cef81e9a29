-- name: note_inbound
-- When somebody wrote last: that opens WhatsApp's 24 hours (D-14). In the order of the keys.
insert into relance.conversations as v (tenant_id, channel, address_hash, account, last_inbound_at)
select g.tenant_id, g.channel, decode(g.address_hash, 'hex'), g.account, max(least(g.at, relance.now()))
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) as g (tenant_id, channel, address_hash, account, at)
group by 1, 2, 3, 4
order by 1, 2, 3, 4
on conflict (tenant_id, channel, address_hash, account) do update
set last_inbound_at = greatest(v.last_inbound_at, excluded.last_inbound_at)
