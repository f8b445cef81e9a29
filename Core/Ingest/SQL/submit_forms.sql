-- name: submit_forms
-- Submissions of which no two are about the same visit, address or number (lock_forms holds them): each finds its lead by
-- address, then by number, or makes one within the tenant's quota, and ends the abandons that it completes (D-51). One that follows
-- a recovery mail to its person within seven days, or comes by its link, makes an ABANDON_RECOVERY lead (K-14, D-52). One row for each, in order; without an
-- instant it was not taken.
with given as materialized (
    select g.*, f.status as form_status
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::text[], $12::text[], $13::text[], $14::boolean[]) with ordinality
        as g (id, tenant_id, form_id, new_lead_id, name, email, phone, locale, timezone, session_id, abandon_id, answers, consent,
            is_trusted, ordinal)
    left join forms f on f.tenant_id = g.tenant_id and f.id = g.form_id
), known as materialized (
    select g.ordinal, l.id as lead_id
    from given g
    cross join lateral (
        select c.id
        from (
            (select l.id, 1 as rank from leads l
            where l.tenant_id = g.tenant_id and lower(l.email) = g.email and l.erased_at is null
            order by l.created_at, l.id limit 1)
            union all
            (select l.id, 2 from leads l
            where l.tenant_id = g.tenant_id and l.phone = g.phone and l.erased_at is null
            order by l.created_at, l.id limit 1)
        ) c
        order by c.rank
        limit 1
    ) l
    where g.form_status = 'ACTIVE'
), related as materialized (
    -- The link's own abandon first, then the visit's, then those of the same person: what has not ended, and what was written about
    -- within seven days, whatever has ended it since.
    select distinct on (g.tenant_id, a.id)
        a.id, g.tenant_id, g.ordinal, a.rank, a.mailed_at, a.rank = 1 or coalesce(a.is_mailed, false) as is_proof
    from given g
    cross join lateral (
        select o.*, o.mailed_at > relance.now() - interval '7 days' as is_mailed
        from (
            select a.id, 1 as rank, a.mailed_at, a.ended_at, a.ended_reason from form_abandons a
            where a.tenant_id = g.tenant_id and a.form_id = g.form_id and a.id = g.abandon_id
            union all
            select a.id, 2, a.mailed_at, a.ended_at, a.ended_reason from form_abandons a
            where a.tenant_id = g.tenant_id and a.form_id = g.form_id and a.session_id = g.session_id
            union all
            select a.id, 3, a.mailed_at, a.ended_at, a.ended_reason from form_abandons a
            where a.tenant_id = g.tenant_id and lower(a.email) = g.email and a.email is not null
            union all
            select a.id, 4, a.mailed_at, a.ended_at, a.ended_reason from form_abandons a
            where a.tenant_id = g.tenant_id and a.phone = g.phone and a.phone is not null
        ) o
    ) a
    where g.form_status = 'ACTIVE'
        and (a.ended_at is null or a.ended_reason not in ('submitted', 'erased') and (a.rank = 1 or a.is_mailed))
    order by g.tenant_id, a.id, a.rank, g.ordinal
), attributed as materialized (
    -- One of them is recovered, since one submission counts once: the link's own, else the one that was written about last.
    select
        ordinal, coalesce(bool_or(is_proof), false) as is_recovery,
        (array_agg(id order by is_proof desc, rank = 1 desc, case when is_proof then mailed_at end desc nulls last, rank, id))[1]
            as abandon_id
    from related
    group by ordinal
), fresh as (
    select g.*, coalesce(t.is_recovery, false) as is_recovery, row_number() over (partition by g.tenant_id order by g.ordinal) as place
    from given g
    left join attributed t on t.ordinal = g.ordinal
    where g.form_status = 'ACTIVE' and not exists (select from known k where k.ordinal = g.ordinal)
), room as materialized (
    select s.tenant_id, s.lead_quota - (
        select count(*) from leads l where l.tenant_id = s.tenant_id and l.erased_at is null) as places
    from organization_settings s
    where s.lead_quota is not null and s.tenant_id in (select tenant_id from fresh)
), created as (
    insert into leads (
        tenant_id, id, name, email, phone, locale, timezone, source, marketing_consent, marketing_consent_at, created_at)
    select
        n.tenant_id, n.new_lead_id, coalesce(n.name, n.email, n.phone), n.email, n.phone, n.locale,
        case when relance.is_time_zone(n.timezone) then n.timezone end,
        case when n.is_recovery then 'ABANDON_RECOVERY' else 'FORM' end, n.consent,
        case when n.consent <> 'unknown' then relance.now() end, relance.now()
    from fresh n
    left join room r on r.tenant_id = n.tenant_id
    where r.tenant_id is null or n.place <= r.places
    order by n.tenant_id, n.new_lead_id
    returning tenant_id, id
), told as (
    -- What is not known yet is filled in where the sender is trusted; a word about marketing counts from anybody.
    update leads l
    set email = case when g.is_trusted then coalesce(l.email, g.email) else l.email end,
        phone = case when g.is_trusted then coalesce(l.phone, g.phone) else l.phone end,
        locale = case when g.is_trusted then coalesce(l.locale, g.locale) else l.locale end,
        marketing_consent = case when g.consent = 'unknown' then l.marketing_consent else g.consent end,
        marketing_consent_at = case when g.consent = 'unknown' then l.marketing_consent_at else relance.now() end
    from known k
    join given g on g.ordinal = k.ordinal
    where l.tenant_id = g.tenant_id and l.id = k.lead_id
        and (g.consent <> 'unknown'
            or g.is_trusted and (
                l.email is null and g.email is not null or l.phone is null and g.phone is not null
                or l.locale is null and g.locale is not null))
), admitted as materialized (
    select ordinal, lead_id from known
    union all
    select n.ordinal, c.id from fresh n join created c on c.tenant_id = n.tenant_id and c.id = n.new_lead_id
), held as materialized (
    -- What has ended otherwise stays so, unless the submission is laid to it.
    select a.tenant_id, a.id, r.ordinal, t.is_recovery and r.id = t.abandon_id as is_recovered
    from form_abandons a
    join related r on r.tenant_id = a.tenant_id and r.id = a.id
    join attributed t on t.ordinal = r.ordinal
    join admitted d on d.ordinal = r.ordinal
    where a.ended_at is null or r.id = t.abandon_id
    order by a.tenant_id, a.id
    for update of a
), ended as (
    update form_abandons a
    set ended_at = coalesce(a.ended_at, relance.now()), ended_reason = 'submitted', submission_id = g.id, updated_at = relance.now(),
        recovered_at = case when h.is_recovered then relance.now() end
    from held h
    join given g on g.ordinal = h.ordinal
    where a.tenant_id = h.tenant_id and a.id = h.id and a.submission_id is null
), taken as (
    insert into form_submissions (
        tenant_id, id, form_id, lead_id, answers, session_id, email, phone, locale, marketing_consent, abandon_id, is_recovery,
        created_at)
    select
        g.tenant_id, g.id, g.form_id, d.lead_id, g.answers::jsonb, g.session_id, g.email, g.phone, g.locale, g.consent,
        t.abandon_id, coalesce(t.is_recovery, false), relance.now()
    from given g
    join admitted d on d.ordinal = g.ordinal
    left join attributed t on t.ordinal = g.ordinal
    returning id, lead_id, is_recovery, created_at
)
select g.form_status, t.lead_id, t.created_at, coalesce(t.is_recovery, false) as is_recovery
from given g
left join taken t on t.id = g.id
order by g.ordinal
