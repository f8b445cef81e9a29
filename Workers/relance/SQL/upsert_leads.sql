-- name: upsert_leads
-- Inserts and updates a batch of leads. A number that could not be read leaves the one we have; an erased lead stays erased.
with given as (
    select *
    from unnest(
        $1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[]
    ) as g (line, tenant_id, id, name, email, phone, keeps_phone, locale, timezone)
), judged as materialized (
    select g.*, case when g.keeps_phone then l.phone else g.phone end as phone_to_be, l.erased_at is not null as is_erased
    from given g
    left join leads l on l.tenant_id = g.tenant_id and l.id = g.id
), written as (
    insert into leads as l (tenant_id, id, name, email, phone, locale, timezone, source, created_at)
    select tenant_id, id, name, email, phone_to_be, locale, timezone, 'IMPORT', relance.now()
    from judged
    where not is_erased
    order by tenant_id, id
    on conflict (tenant_id, id) do update
    set name = excluded.name, email = excluded.email, phone = excluded.phone,
        locale = coalesce(excluded.locale, l.locale), timezone = coalesce(excluded.timezone, l.timezone)
    where l.erased_at is null
        and (l.name, l.email, l.phone, l.locale, l.timezone) is distinct from (
            excluded.name, excluded.email, excluded.phone, coalesce(excluded.locale, l.locale),
            coalesce(excluded.timezone, l.timezone))
    -- A row that this statement inserted has never been locked or updated by another.
    returning case when xmax = 0 then 'inserted' else 'updated' end as change
)
select 'erased_lead' as what, line, 1::bigint as count from judged where is_erased
union all
select change, null, count(*) from written group by change
union all
select 'known', null, count(*) from judged where not is_erased
