-- name: load_no_shows
-- All that the text of a message about a missed appointment needs, in the recipient's zone and language.
select
    d.id, d.step, d.channel, d.tenant_id, m.appointment_id, m.lead_id, d.recipient_type, d.recipient_id,
    coalesce(r.email, '') as email, r.name as recipient_name, r.locale, o.name as organization_name, settings.mail_from,
    settings.reply_to, l.name as lead_name, closer.name as closer_name, closer_settings.pseudonym as closer_pseudonym,
    to_char(
        coalesce(v.starts_at, a.starts_at) at time zone r.timezone, 'YYYY MM DD ID HH24 MI') as local_start,
    r.timezone, relance.now() as now
from relance.deliveries d
join no_show_marks m on m.tenant_id = d.tenant_id and m.id = d.subject::uuid
join appointments a on a.tenant_id = m.tenant_id and a.id = m.appointment_id
join organizations o on o.id = d.tenant_id
join leads l on l.tenant_id = m.tenant_id and l.id = m.lead_id
left join relance.appointment_revisions v
    on v.tenant_id = m.tenant_id and v.appointment_id = m.appointment_id and v.revision = m.revision
left join organization_settings settings on settings.tenant_id = d.tenant_id
left join users closer on closer.tenant_id = a.tenant_id and closer.id = a.closer_id
left join closer_settings on closer_settings.tenant_id = a.tenant_id and closer_settings.user_id = a.closer_id
cross join lateral (
    select l.name, l.email, coalesce(l.locale, o.locale) as locale, coalesce(l.timezone, o.timezone) as timezone
    where d.recipient_type = 'lead'
    union all
    select u.name, u.email, coalesce(u.locale, o.locale), coalesce(u.timezone, o.timezone)
    from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r
where d.id = any ($1::bigint[])
