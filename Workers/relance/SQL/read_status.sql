-- name: read_status
-- Placeholder of the first build; the status command replaces it.
select 1
