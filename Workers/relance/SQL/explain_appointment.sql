-- name: explain_appointment
-- Where an appointment stands and what is known of its calls. Ids and roles only: names of people stay out of it.
select
    a.status, a.revision, a.starts_at, a.video, relance.now() as now, l.due_at as look_at, l.verdict,
    (
        select coalesce(jsonb_agg(jsonb_build_object(
            'call', c.id, 'started_at', c.started_at, 'ended_at', c.ended_at, 'people', (
                select coalesce(jsonb_agg(jsonb_build_object('role', p.role, 'joined_at', p.joined_at, 'left_at', p.left_at)
                    order by p.joined_at), '[]')
                from call_participants p where p.tenant_id = c.tenant_id and p.call_id = c.id)) order by c.started_at), '[]')
        from calls c where c.tenant_id = a.tenant_id and c.appointment_id = a.id
    )::text as calls,
    (
        select coalesce(jsonb_agg(to_jsonb(m) - 'tenant_id' - 'appointment_id' order by m.revision), '[]')
        from no_show_marks m where m.tenant_id = a.tenant_id and m.appointment_id = a.id
    )::text as marks
from appointments a
left join relance.no_show_looks l on l.tenant_id = a.tenant_id and l.appointment_id = a.id
where a.tenant_id = $1 and a.id = $2
