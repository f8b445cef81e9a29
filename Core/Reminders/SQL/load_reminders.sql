-- name: load_reminders
-- All that the text of a reminder needs, in the recipient's zone and language.
select
    d.id, d.step, d.channel, d.expires_at, d.tenant_id, d.subject as appointment_id, d.recipient_type,
    coalesce(r.email, '') as email, coalesce(r.phone, '') as phone, r.name as recipient_name, r.locale,
    o.name as organization_name, o.region, settings.mail_from, settings.reply_to,
    l.name as lead_name, closer.name as closer_name, closer_settings.pseudonym as closer_pseudonym,
    a.starts_at, a.starts_at + make_interval(mins => a.duration_min) as ends_at, a.duration_min, a.revision, a.video_url,
    a.location, relance.now() as now,
    extract(epoch from a.starts_at - relance.now())::bigint as seconds_until_start,
    to_char(a.starts_at at time zone r.timezone, 'YYYY') as year,
    to_char(a.starts_at at time zone r.timezone, 'MM') as month,
    to_char(a.starts_at at time zone r.timezone, 'DD') as day,
    to_char(a.starts_at at time zone r.timezone, 'ID') as weekday,
    to_char(a.starts_at at time zone r.timezone, 'HH24') as hour,
    to_char(a.starts_at at time zone r.timezone, 'MI') as minute,
    (a.starts_at at time zone r.timezone)::date - (relance.now() at time zone r.timezone)::date as days_until_start,
    r.timezone
from relance.deliveries d
join appointments a on a.tenant_id = d.tenant_id and a.id = d.subject
join organizations o on o.id = d.tenant_id
join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
left join organization_settings settings on settings.tenant_id = d.tenant_id
left join users closer on closer.tenant_id = a.tenant_id and closer.id = a.closer_id
left join closer_settings on closer_settings.tenant_id = a.tenant_id and closer_settings.user_id = a.closer_id
cross join lateral (
    select l.name, l.email, l.phone, coalesce(l.locale, o.locale) as locale, coalesce(l.timezone, o.timezone) as timezone
    where d.recipient_type = 'lead'
    union all
    select u.name, u.email, u.phone, coalesce(u.locale, o.locale), coalesce(u.timezone, o.timezone)
    from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r
where d.id = any ($1::bigint[])
