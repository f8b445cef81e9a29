-- name: import_closers
-- Creates the closers that are missing; existing ones are managed elsewhere and stay as they are. An address that the
-- file does not give is made up from ranges reserved for examples (RFC 2606, ARCEP 06 39 98, NANP 555-01): nobody has it.
with given as (
    select distinct on (tenant_id, id) tenant_id, id, name, email, phone
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as g (tenant_id, id, name, email, phone)
    order by tenant_id, id
), numbered as (
    select g.*, o.region, ('x' || left(md5(g.id), 4))::bit(16)::integer as number
    from given g
    join organizations o on o.id = g.tenant_id
), created as (
    insert into users (tenant_id, id, name, role, email, phone, created_at)
    select
        tenant_id, id, coalesce(name, initcap(translate(id, '-_', '  '))), 'CLOSER',
        coalesce(email, regexp_replace(lower(id), '[^a-z0-9.-]+', '-', 'g') || '@'
            || regexp_replace(lower(tenant_id), '[^a-z0-9-]+', '-', 'g') || '.example'),
        coalesce(phone, case
            when region in ('FR', 'RE') then '+336399' || (89000 + number % 1000)
            when region = 'CA' then '+1416555' || to_char(100 + number % 100, 'FM0000')
        end),
        relance.now()
    from numbered
    on conflict (tenant_id, id) do nothing
    returning id
)
select count(*) as count from created
