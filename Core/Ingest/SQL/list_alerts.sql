-- name: list_alerts
-- A page of a tenant's active alerts: the gravest first, then the newest (M-04; the order is this statement's own, D-36).
select
    a.id, a.tenant_id, a.lead_id, a.type, a.severity, a.message, a.suggested_action, a.created_at, l.name as lead_name,
    l.email as lead_email
from (
    select *, case severity when 'high' then 1 when 'med' then 2 else 3 end as rank
    from max_alerts
    where tenant_id = $1 and resolved_at is null
        and ($2::integer is null
            or case severity when 'high' then 1 when 'med' then 2 else 3 end >= $2::integer)
        and ($2::integer is null
            or (case severity when 'high' then 1 when 'med' then 2 else 3 end, $3::timestamptz, $4::uuid)
                > ($2::integer, created_at, id))
    order by case severity when 'high' then 1 when 'med' then 2 else 3 end, created_at desc, id desc
    limit $5
) a
left join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id and l.erased_at is null
order by a.rank, a.created_at desc, a.id desc
