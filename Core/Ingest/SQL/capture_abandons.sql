-- name: capture_abandons
-- Where visits broke off: a row for each visit, which its newest activity writes and nothing older ever does. A visit that has
-- submitted, or whose row has ended, stays as it is. One row for each, in order.
with given as materialized (
    select g.*, f.status as form_status, least(coalesce(g.told_at, relance.now()), relance.now()) as active_at
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::text[], $12::timestamptz[]) with ordinality
        as g (id, tenant_id, form_id, session_id, name, email, phone, locale, timezone, consent, answers, told_at, ordinal)
    left join forms f on f.tenant_id = g.tenant_id and f.id = g.form_id
), newest as (
    select distinct on (g.tenant_id, g.form_id, g.session_id) g.*
    from given g
    where g.form_status = 'ACTIVE' and not exists (
        select from form_submissions s
        where s.tenant_id = g.tenant_id and s.form_id = g.form_id and s.session_id = g.session_id)
    order by g.tenant_id, g.form_id, g.session_id, g.active_at desc, g.ordinal desc
), kept as (
    insert into form_abandons as a (
        tenant_id, id, form_id, session_id, name, email, phone, locale, timezone, marketing_consent, answers, last_activity_at,
        created_at, updated_at)
    select
        n.tenant_id, n.id, n.form_id, n.session_id, n.name, n.email, n.phone, n.locale,
        case when relance.is_time_zone(n.timezone) then n.timezone end, n.consent, n.answers::jsonb, n.active_at, relance.now(),
        relance.now()
    from newest n
    on conflict (tenant_id, form_id, session_id) do update
    set name = coalesce(excluded.name, a.name), email = coalesce(excluded.email, a.email),
        phone = coalesce(excluded.phone, a.phone), locale = coalesce(excluded.locale, a.locale),
        timezone = coalesce(excluded.timezone, a.timezone),
        marketing_consent = case excluded.marketing_consent when 'unknown' then a.marketing_consent else excluded.marketing_consent end,
        answers = excluded.answers, last_activity_at = excluded.last_activity_at, updated_at = excluded.updated_at
    where a.ended_at is null and a.last_activity_at <= excluded.last_activity_at
    returning a.tenant_id, a.form_id, a.session_id
)
select g.form_status, k.session_id is not null as is_captured
from given g
left join kept k on k.tenant_id = g.tenant_id and k.form_id = g.form_id and k.session_id = g.session_id
order by g.ordinal
