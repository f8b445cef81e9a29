-- name: load_alert_actions
-- What a message that somebody sends over an alert needs.
select
    d.id, d.tenant_id, d.step, d.channel, coalesce(l.email, '') as email, coalesce(l.phone, '') as phone,
    l.name as recipient_name, coalesce(l.locale, o.locale) as locale, o.name as organization_name, o.region,
    settings.mail_from, settings.reply_to, extract(epoch from relance.now())::bigint as now
from relance.deliveries d
join organizations o on o.id = d.tenant_id
join leads l on l.tenant_id = d.tenant_id and l.id = d.recipient_id
left join organization_settings settings on settings.tenant_id = d.tenant_id
where d.id = any ($1::bigint[]) and d.kind = 'alert_action'
