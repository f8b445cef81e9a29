-- name: lift_suppressions
-- An address may be written to again; returns what stood against it.
delete from relance.suppressions
where tenant_id = $1 and channel = $2 and address_hash = decode($3, 'hex') and ($4::text is null or scope = $4)
returning scope, reason
