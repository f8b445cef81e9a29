-- name: lock_forms
-- Entries about one visit, address or number take turns until their commit, so that one person becomes one lead and no abandon
-- outlives its submission; and so do the submissions of a tenant whose leads are counted. In the order of the keys.
select count(pg_advisory_xact_lock(k.key))
from (
    select distinct hashtextextended(g.name, 0) as key
    from (
        select unnest($1::text[]) as name
        union all
        select 'quota' || chr(31) || s.tenant_id
        from organization_settings s
        where s.tenant_id = any($2::text[]) and s.lead_quota is not null
    ) g
    order by key
) k
