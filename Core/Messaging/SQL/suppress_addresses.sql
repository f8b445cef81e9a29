-- name: suppress_addresses
-- An address that refused us is not written to again (D-16).
insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
select tenant_id, channel, decode(address_hash, 'hex'), scope, reason
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as g (tenant_id, channel, address_hash, scope, reason)
on conflict do nothing
