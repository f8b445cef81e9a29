-- name: list_appointments
-- A page of a tenant's appointments in the order of their starts. The cursor is the last one's start and id.
select
    a.id, a.lead_id, a.closer_id, a.status, a.starts_at, a.starts_at + make_interval(mins => a.duration_min) as ends_at,
    a.duration_min, a.video, a.video_url, a.location, a.revision, a.created_at, a.cancelled_at,
    m.cause as no_show_cause, m.source as no_show_source, m.detected_at as no_show_detected_at, null as is_blacklisted,
    null as call_id, null as started_at, null as ended_at
from (
    select * from appointments
    where tenant_id = $1 and starts_at >= coalesce($2::timestamptz, '-infinity') and starts_at < coalesce($3::timestamptz, 'infinity')
        and ($4::text is null or status = $4) and ($5::text is null or closer_id = $5) and ($6::text is null or lead_id = $6)
        and ($7::timestamptz is null or (starts_at, id) > ($7::timestamptz, $8::text))
    order by starts_at, id
    limit $9
) a
left join no_show_marks m on m.tenant_id = a.tenant_id and m.appointment_id = a.id and m.revision = a.revision
    and m.state = 'active'
order by a.starts_at, a.id
