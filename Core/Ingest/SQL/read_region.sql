-- name: read_region
-- Where a tenant's numbers without a country code are meant.
select region from organizations where id = $1
