-- name: read_organizations
-- Zone and phone region of the organisations that a file names.
select id, timezone, region from organizations where id = any ($1::text[])
