-- name: change_notifications
-- Notifications that their users read or remove, in the order of their keys: the first word counts. What was removed cannot be
-- read any more, and is removed again without harm. One row for each, in order.
with given as materialized (
    select g.*
    from unnest($1::text[], $2::text[], $3::uuid[], $4::boolean[]) with ordinality
        as g (tenant_id, user_id, id, is_removal, ordinal)
), held as materialized (
    select n.tenant_id, n.id, n.user_id, n.read_at, n.deleted_at
    from notifications n
    where (n.tenant_id, n.id) in (select tenant_id, id from given)
    order by n.tenant_id, n.id
    for update
), asked as (
    select h.tenant_id, h.id, h.read_at, h.deleted_at, bool_or(not g.is_removal) as is_read, bool_or(g.is_removal) as is_removed
    from held h
    join given g on g.tenant_id = h.tenant_id and g.id = h.id and g.user_id = h.user_id
    group by h.tenant_id, h.id, h.read_at, h.deleted_at
), changed as (
    update notifications n
    set read_at = case when a.is_read then coalesce(n.read_at, relance.now()) else n.read_at end,
        deleted_at = case when a.is_removed then relance.now() end
    from asked a
    where n.tenant_id = a.tenant_id and n.id = a.id and a.deleted_at is null and (a.is_removed or a.read_at is null)
    returning n.tenant_id, n.id, n.read_at
)
select coalesce(c.read_at, h.read_at) as read_at, h.id is not null and (g.is_removal or h.deleted_at is null) as is_there
from given g
left join held h on h.tenant_id = g.tenant_id and h.id = g.id and h.user_id = g.user_id
left join changed c on c.tenant_id = g.tenant_id and c.id = g.id
order by g.ordinal
