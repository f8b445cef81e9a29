-- name: read_organization_locale
-- In which language an organisation's templates are, unless another is named.
select locale from organizations where id = $1
