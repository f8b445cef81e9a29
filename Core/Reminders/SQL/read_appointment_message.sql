-- name: read_appointment_message
-- An appointment as its lead would be told of it now: the confirmation, or the notice that it is cancelled.
-- reminder_facts.sql follows.
with d as (
    select
        0::bigint as id, case a.status when 'CANCELLED' then 'cancelled' else 'T+0' end as step, 'email' as channel, a.tenant_id,
        a.id as subject, 'lead' as recipient_type, a.lead_id as recipient_id, null::text as locale, true as is_preview
    from appointments a
    where a.tenant_id = $1 and a.id = $2
)
