-- name: read_appointments
-- The appointments that requests are about, with the call and the no-show of each; runs after the requests in their transaction.
-- One row for each, in order; nulls where there is none.
select
    g.ordinal, a.id, a.lead_id, a.closer_id, a.status, a.starts_at, a.starts_at + make_interval(mins => a.duration_min) as ends_at,
    a.duration_min, a.video, a.video_url, a.location, a.revision, a.created_at, a.cancelled_at,
    m.cause as no_show_cause, m.source as no_show_source, m.detected_at as no_show_detected_at,
    case when g.action = 'no_show' then relance.is_blacklisted(a.tenant_id, l.id, l.email, l.phone) end as is_blacklisted,
    c.id as call_id, c.started_at, c.ended_at
from unnest($1::text[], $2::text[], $3::text[]) with ordinality as g (tenant_id, action, subject, ordinal)
left join calls c on c.tenant_id = g.tenant_id
    and case when g.action = 'start_call' then c.appointment_id = g.subject and c.ended_at is null else c.id = g.subject end
    and g.action in ('start_call', 'join_call', 'end_call')
left join appointments a on a.tenant_id = g.tenant_id
    and a.id = case when g.action in ('join_call', 'end_call') then c.appointment_id else g.subject end
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id
left join no_show_marks m on m.tenant_id = a.tenant_id and m.appointment_id = a.id and m.revision = a.revision
    and m.state = 'active'
order by g.ordinal
