-- name: read_region
-- In which country an organisation's numbers without a country code are meant.
select region from organizations where id = $1
