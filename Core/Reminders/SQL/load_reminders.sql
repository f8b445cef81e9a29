-- name: load_reminders
-- The deliveries whose facts reminder_facts.sql, which follows, reads. A T+0 about an appointment that was moved before it
-- went out leaves word which revision it speaks of: its key does not say.
with said as (
    update relance.deliveries d
    set said_revision = a.revision
    from appointments a
    where d.id = any ($1::bigint[]) and d.kind = 'reminder' and d.step = 'T+0' and d.state = 'pending'
        and a.tenant_id = d.tenant_id and a.id = d.subject and a.revision > 0
        and d.said_revision is distinct from a.revision
), d as (
    select id, step, channel, tenant_id, subject, recipient_type, recipient_id, null::text as locale, false as is_preview
    from relance.deliveries
    where id = any ($1::bigint[])
)
