-- name: list_lead_alerts
-- Alerts about leads, newest first, after a key.
select
    a.tenant_id, a.id, a.lead_id, l.name as lead_name, a.type, a.severity, a.message, a.suggested_action ->> 'action' as action,
    a.created_at, a.resolved_at, a.resolved_by,
    to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '_' || a.id as key
from max_alerts a
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
where ($1::text is null or a.tenant_id = $1) and ($2::text is null or a.severity = $2) and ($3::text is null or a.type = $3)
    and ($4::text is null or a.lead_id = $4) and ($5::boolean or a.resolved_at is null)
    and ($6::timestamptz is null or (a.created_at, a.id) < ($6::timestamptz, $7::uuid))
order by a.created_at desc, a.id desc
limit $8::integer
