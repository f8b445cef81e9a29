-- name: load_recoveries
-- All that the text of a recovery mail needs. Nothing of what was typed but name and address (D-93): the page fetches that itself.
select
    d.id, d.step, d.tenant_id, a.id as abandon_id, a.form_id, coalesce(f.slug, f.id) as slug, f.name as form_name,
    coalesce(a.email, '') as email, coalesce(a.name, l.name, '') as recipient_name, coalesce(a.locale, l.locale, o.locale) as locale,
    o.name as organization_name, settings.mail_from, settings.reply_to, a.last_activity_at, relance.now() as now
from relance.deliveries d
join form_abandons a on a.tenant_id = d.tenant_id and a.id = d.subject
join forms f on f.tenant_id = a.tenant_id and f.id = a.form_id
join organizations o on o.id = d.tenant_id
left join organization_settings settings on settings.tenant_id = d.tenant_id
left join leads l on d.recipient_type = 'lead' and l.tenant_id = d.tenant_id and l.id = d.recipient_id
where d.id = any ($1::bigint[])
