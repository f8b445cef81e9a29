-- name: preview_message
-- One message as it would be written now about an appointment of a lead's: the named one, else the next, else the last.
-- reminder_facts.sql follows.
with d as (
    select
        0::bigint as id, $1::text as step, $2::text as channel, a.tenant_id, a.id as subject,
        case when u.id is null then 'lead' else 'user' end as recipient_type, coalesce(u.id, a.lead_id) as recipient_id,
        $6::text as locale, true as is_preview
    from appointments a
    left join users u on u.tenant_id = a.tenant_id and u.id = a.closer_id and $1 in ('T+10', 'T-0')
    where a.tenant_id = $3 and a.lead_id = $4 and ($5::text is null or a.id = $5)
    order by a.starts_at < relance.now(), abs(extract(epoch from a.starts_at - relance.now())), a.id
    limit 1
)
