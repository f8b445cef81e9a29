-- name: load_reminders
-- The deliveries whose facts reminder_facts.sql, which follows, reads. A T+0 about an appointment that was moved before it
-- went out leaves word which revision it speaks of: its key does not say.
-- `offset 0` keeps the look at an appointment one look-up in an index: few have a revision, so all would be read for them.
with said as (
    update relance.deliveries d
    set said_revision = (select a.revision from appointments a where a.tenant_id = d.tenant_id and a.id = d.subject)
    where d.id = any ($1::bigint[]) and d.kind = 'reminder' and d.step = 'T+0' and d.state = 'pending'
        and exists (
            select from appointments a
            where a.tenant_id = d.tenant_id and a.id = d.subject and a.revision > coalesce(d.said_revision, 0) offset 0)
), d as (
    select id, step, channel, tenant_id, subject, recipient_type, recipient_id, null::text as locale, false as is_preview
    from relance.deliveries
    where id = any ($1::bigint[])
)
