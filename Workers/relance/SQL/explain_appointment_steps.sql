-- name: explain_appointment_steps
-- Every step of an appointment and of its marks: what the ledger says, and what a tick would make now of those that are not in it.
select s.*
from (
    select
        d.kind, d.revision, d.step, d.channel, d.recipient_type, d.recipient_id, d.due_at, d.expires_at, d.state as decision,
        d.reason, d.sent_at, d.id
    from relance.deliveries d
    where d.tenant_id = $1 and ((d.kind = 'reminder' and d.subject = $2) or (d.kind = 'no_show' and d.subject in (
        select m.id::text from no_show_marks m where m.tenant_id = $1 and m.appointment_id = $2)))
    union all
    select
        'reminder', o.revision, o.step, o.channel, o.recipient_type, o.recipient_id, o.due_at, o.expires_at, o.verdict, null, null,
        null
    from relance.open_steps o
    where o.tenant_id = $1 and o.appointment_id = $2
    union all
    select
        'no_show', null, o.step, o.channel, o.recipient_type, o.recipient_id, o.due_at, o.expires_at, o.verdict, null, null, null
    from relance.open_no_show_messages o
    where o.tenant_id = $1 and o.appointment_id = $2
) s
order by s.due_at, s.step, s.channel, s.recipient_id, s.id
