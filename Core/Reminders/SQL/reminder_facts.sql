-- name: reminder_facts
-- All that the text of a reminder needs, in the recipient's zone and language. `d` says about what, to whom.
select
    d.id, d.step, shown.step as message_step, d.channel, d.tenant_id, d.subject as appointment_id, d.recipient_type, d.recipient_id,
    coalesce(r.email, '') as email, coalesce(r.phone, '') as phone, r.name as recipient_name, coalesce(d.locale, r.locale) as locale,
    o.name as organization_name, o.region, settings.mail_from, settings.reply_to,
    l.name as lead_name, closer.name as closer_name, closer_settings.pseudonym as closer_pseudonym,
    shown.starts_at, shown.starts_at + make_interval(mins => a.duration_min) as ends_at, a.duration_min, a.revision,
    a.video, a.video_url, a.location, relance.now() as now,
    extract(epoch from shown.starts_at - relance.now())::bigint as seconds_until_start,
    to_char(shown.starts_at at time zone r.timezone, 'YYYY MM DD ID HH24 MI') as local_start,
    to_char(told.starts_at at time zone r.timezone, 'YYYY MM DD ID HH24 MI') as told_start,
    coalesce(told.step = 'cancelled', false) as is_reinstated,
    r.timezone, own.version as own_version, own.html as own_html, own.text as own_text, own.short as own_short,
    own.notice as own_notice
from d
join appointments a on a.tenant_id = d.tenant_id and a.id = d.subject
join organizations o on o.id = d.tenant_id
join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
left join organization_settings settings on settings.tenant_id = d.tenant_id
left join users closer on closer.tenant_id = a.tenant_id and closer.id = a.closer_id
left join closer_settings on closer_settings.tenant_id = a.tenant_id and closer_settings.user_id = a.closer_id
-- What the lead was told last, for the notice that it no longer holds.
left join lateral (
    select w.step, w.starts_at
    from relance.announcements w
    where d.step in ('moved', 'cancelled') and w.tenant_id = d.tenant_id and w.appointment_id = d.subject
        and w.lead_id = d.recipient_id and w.delivery_id <> d.id
    order by w.revision desc, w.delivery_id desc
    limit 1
) told on true
-- What is cancelled is the appointment that the lead knows.
cross join lateral (
    select
        case when d.step = 'cancelled' then coalesce(told.starts_at, a.starts_at) else a.starts_at end as starts_at,
        -- Whoever was told nothing yet is not told of a change.
        case when d.step = 'moved' and told.step is null and not d.is_preview then 'T+0' else d.step end as step
) shown
cross join lateral (
    select l.name, l.email, l.phone, coalesce(l.locale, o.locale) as locale, coalesce(l.timezone, o.timezone) as timezone
    where d.recipient_type = 'lead'
    union all
    select u.name, u.email, u.phone, coalesce(u.locale, o.locale), coalesce(u.timezone, o.timezone)
    from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r
-- The organisation's own templates for the message, in the language that `Language` of Content makes of the locale.
cross join lateral (
    select
        count(*) || ' ' || max(t.updated_at) as version, max(t.source) filter (where t.form = 'mail.html') as html,
        max(t.source) filter (where t.form = 'mail.txt') as text, max(t.source) filter (where t.form = 'short.txt') as short,
        max(t.source) filter (where t.form = 'notice.txt') as notice
    from message_templates t
    where t.tenant_id = d.tenant_id
        and t.name = case shown.step
            when 'T+0' then 'booking_confirmation'
            when 'T+10' then 'closer_booked'
            when 'J-1' then 'day_before'
            when 'H-1' then 'hour_before'
            when 'T-0' then 'starting_now'
            when 'moved' then 'appointment_moved'
            when 'cancelled' then 'appointment_cancelled'
        end
        and t.language = case when coalesce(d.locale, r.locale) ~* '^en($|[-_.])' then 'en' else 'fr' end
) own
