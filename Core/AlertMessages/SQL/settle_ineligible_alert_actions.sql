-- name: settle_ineligible_alert_actions
-- It goes out only while the alert stands and the lead is one that alerts are about.
update relance.deliveries d
set state = 'cancelled', settled_at = clock_timestamp(), reason = w.reason
from (
    select
        e.id,
        case
            when l.id is null or l.erased_at is not null then 'lead_erased'
            when relance.is_beyond_alerts(l) then 'lead_closed'
            when relance.is_blacklisted(e.tenant_id, l.id, l.email, l.phone) then 'lead_blacklisted'
            when not exists (
                select from max_alerts a
                where a.tenant_id = e.tenant_id and a.lead_id = e.recipient_id and a.resolved_at is null and a.id::text = e.subject
                offset 0) then 'alert_resolved'
        end as reason
    from relance.deliveries e
    left join leads l on l.tenant_id = e.tenant_id and l.id = e.recipient_id
    where e.id = any ($1::bigint[]) and e.kind = 'alert_action' and e.state = 'pending'
) w
where d.id = w.id and d.state = 'pending' and w.reason is not null
