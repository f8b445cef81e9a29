-- name: resolve_alerts
-- Alerts that people resolve, in the order of their keys: the first word counts, whoever comes later is told what it was
-- (D-32). One row for each, in order; none that the tenant does not have.
with given as materialized (
    select g.*
    from unnest($1::text[], $2::uuid[], $3::text[], $4::text[]) with ordinality
        as g (tenant_id, id, actor, reason, ordinal)
), held as materialized (
    select a.tenant_id, a.id, a.resolved_at, a.resolved_by
    from max_alerts a
    where (a.tenant_id, a.id) in (select tenant_id, id from given)
    order by a.tenant_id, a.lead_id, a.type
    for update
), resolved as (
    update max_alerts a
    set resolved_at = relance.now(), resolved_by = 'user_manual', resolved_actor = g.actor, resolved_reason = g.reason
    from held h
    join (select distinct on (tenant_id, id) * from given order by tenant_id, id, ordinal) g
        on g.tenant_id = h.tenant_id and g.id = h.id
    where a.tenant_id = h.tenant_id and a.id = h.id and h.resolved_at is null
    returning a.tenant_id, a.id, a.resolved_at, a.resolved_by
)
select g.ordinal, coalesce(r.resolved_at, h.resolved_at) as resolved_at, coalesce(r.resolved_by, h.resolved_by) as resolved_by
from given g
left join held h on h.tenant_id = g.tenant_id and h.id = g.id
left join resolved r on r.tenant_id = g.tenant_id and r.id = g.id
order by g.ordinal
