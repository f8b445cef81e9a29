-- name: add_suppression
-- An address that must not be written to. No row: it is there already.
insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason, masked)
values ($1, $2, decode($3, 'hex'), $4, $5, $6)
on conflict do nothing
returning scope
