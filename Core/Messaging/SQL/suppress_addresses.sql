-- name: suppress_addresses
-- An address that refused us is not written to again (D-16).
insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason, masked)
select tenant_id, channel, decode(address_hash, 'hex'), scope, reason, masked
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as g (tenant_id, channel, address_hash, scope, reason, masked)
-- In one order: two answers may suppress the same addresses at once.
order by 1, 2, 3, 4
on conflict do nothing
