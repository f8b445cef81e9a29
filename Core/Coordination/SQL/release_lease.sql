-- name: release_lease
-- Lets the next holder in at once instead of at expiry.
update relance.leases set expires_at = '-infinity' where name = $1 and epoch = $2::bigint and holder = $3
