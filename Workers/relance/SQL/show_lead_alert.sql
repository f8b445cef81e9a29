-- name: show_lead_alert
-- One alert with what its lead can be reached by, and what was sent over it. Locked for whoever acts on it.
select
    a.tenant_id, a.id, a.lead_id, l.name as lead_name, a.type, a.severity, a.message, a.suggested_action ->> 'label' as label,
    a.suggested_action ->> 'action' as action, a.suggested_action -> 'params' ->> 'template' as template, a.anchor_at,
    a.created_at, a.resolved_at, a.resolved_by, a.resolved_reason, a.resolved_actor,
    l.id is not null as is_known, coalesce(l.email, '') <> '' as has_email, coalesce(l.phone, '') <> '' as has_phone,
    coalesce(l.marketing_consent, 'unknown') as consent, coalesce(s.requires_consent, false) as requires_consent,
    coalesce(s.sms_enabled, false) as has_sms, (
        coalesce(relance.is_beyond_alerts(l), false)
        or relance.is_blacklisted(a.tenant_id, a.lead_id, l.email, l.phone)) as is_beyond,
    (select d.id from relance.deliveries d
    where d.tenant_id = a.tenant_id and d.kind = 'alert_action' and d.subject = a.id::text order by d.id desc limit 1)
        as delivery_id,
    (select d.state from relance.deliveries d
    where d.tenant_id = a.tenant_id and d.kind = 'alert_action' and d.subject = a.id::text order by d.id desc limit 1)
        as delivery_state
from max_alerts a
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
left join organization_settings s on s.tenant_id = a.tenant_id
where a.id = $1::uuid and ($2::text is null or a.tenant_id = $2)
order by a.tenant_id
for update of a
