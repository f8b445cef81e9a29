-- name: read_health
-- Whether this database can be written to and knows the schema's version.
select (select max(version) from relance_migrations) as version, pg_is_in_recovery() as is_standby
