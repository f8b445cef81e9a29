-- name: judge_rates
-- An alert for each form whose latest week of thirty sequences or more, all of them past their seven days, brought back less than
-- 15 % (D-52); its end where that is no longer so. Those in charge are told in the application when it begins (K-19).
with fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), judged as materialized (
    select distinct on (r.form_id)
        r.tenant_id, r.form_id, f.name, r.week, r.mailed, r.recovered, r.recovered * 100 < r.mailed * 15 as is_low,
        'recovery_rate:' || r.tenant_id || ':' || r.form_id as fingerprint
    from recovery_rates r
    join forms f on f.tenant_id = r.tenant_id and f.id = r.form_id
    join organizations o on o.id = r.tenant_id
    where r.tenant_id = $3 and r.mailed >= 30
        -- The last of its mails was sent on its Sunday.
        and r.week + 14 <= (relance.now() at time zone o.timezone)::date
        and r.week + 42 > (relance.now() at time zone o.timezone)::date
        and exists (select from fence)
    order by r.form_id, r.week desc
), raised as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        j.fingerprint, j.tenant_id, 'recovery_rate', 'warning',
        'fewer than 15 % of abandoned forms were recovered: relance recovery rates',
        jsonb_build_object('form', j.form_id, 'week', j.week, 'mailed', j.mailed, 'recovered', j.recovered)
    from judged j
    where j.is_low
    order by j.fingerprint
    on conflict (fingerprint) where resolved_at is null do update
    -- Once a week: looking again is no news.
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail
    where a.detail ->> 'week' is distinct from excluded.detail ->> 'week'
    returning a.tenant_id, a.detail ->> 'form' as form_id, a.occurrences
), resolved as (
    update relance.system_alerts a
    set resolved_at = clock_timestamp()
    where a.kind = 'recovery_rate' and a.tenant_id = $3 and a.resolved_at is null and exists (select from fence)
        and not exists (select from judged j where j.fingerprint = a.fingerprint and j.is_low)
), told as (
    insert into notifications (tenant_id, user_id, kind, title, body, created_at)
    select
        u.tenant_id, u.id, 'recovery_rate',
        case when w.is_english then 'Abandoned forms: few come back' else 'Formulaires abandonnés : peu de retours' end,
        case
            when w.is_english then format('%s: %s of %s recovery sequences in the week of %s brought a submission.',
                j.name, j.recovered, j.mailed, to_char(j.week, 'YYYY-MM-DD'))
            else format('%s : %s relances sur %s ont abouti pour la semaine du %s.',
                j.name, j.recovered, j.mailed, to_char(j.week, 'DD/MM/YYYY'))
        end,
        relance.now()
    from raised r
    join judged j on j.form_id = r.form_id
    join organizations o on o.id = r.tenant_id
    join users u on u.tenant_id = r.tenant_id and u.is_active and u.role in ('ADMIN', 'MANAGER')
    cross join lateral (select coalesce(u.locale, o.locale) ~* '^en($|[-_.])' as is_english) w
    where not exists (
        select from notification_preferences p
        where p.tenant_id = u.tenant_id and p.user_id = u.id and p.kind = 'recovery_rate' and p.channel = 'in_app'
            and not p.is_enabled)
)
select (select count(*) from judged where is_low) as low, (select count(*) from raised) as raised
