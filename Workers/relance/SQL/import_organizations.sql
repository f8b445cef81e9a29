-- name: import_organizations
-- Creates the organisations that are missing, each with somebody in charge (D-15 needs one); existing ones stay as they are.
with given as (
    select distinct on (id) id, timezone, locale, region
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as g (id, timezone, locale, region)
    order by id
), created as (
    insert into organizations (id, name, timezone, locale, region, created_at)
    select id, initcap(translate(id, '-_', '  ')), timezone, locale, region, relance.now() from given
    on conflict (id) do nothing
    returning id
), staffed as (
    insert into users (tenant_id, id, name, role, email, created_at)
    select
        id, id || '-admin', initcap(translate(id, '-_', '  ')) || ' Admin', 'ADMIN',
        'admin@' || regexp_replace(lower(id), '[^a-z0-9-]+', '-', 'g') || '.example', relance.now()
    from created
    on conflict do nothing
)
select count(*) as count from created
