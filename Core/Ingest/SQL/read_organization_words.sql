-- name: read_organization_words
-- How an organisation is called, and in which language it writes.
select name, locale from organizations where id = $1
