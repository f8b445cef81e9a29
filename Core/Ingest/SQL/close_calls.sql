-- name: close_calls
-- Who is no longer in a call: one whose leaving did not tell of the coming, or everybody where the room was closed. Those who
-- came in later than that have come again.
with given as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as g (tenant_id, appointment_id, identity, at)
), call as materialized (
    select c.tenant_id, c.id, max(g.at) filter (where g.identity is null) as closed_at
    from given g
    join calls c on c.tenant_id = g.tenant_id and c.appointment_id = g.appointment_id
    group by c.tenant_id, c.id
), ended as (
    update calls c
    set ended_at = greatest(c.ended_at, k.closed_at)
    from (select * from call where closed_at is not null order by tenant_id, id) k
    where c.tenant_id = k.tenant_id and c.id = k.id
), gone as materialized (
    select p.tenant_id, p.call_id, p.identity, p.joined_at, g.at
    from call_participants p
    join calls c on c.tenant_id = p.tenant_id and c.id = p.call_id
    join given g on g.tenant_id = c.tenant_id and g.appointment_id = c.appointment_id
        and (g.identity is null or g.identity = p.identity)
    where p.left_at is null and p.joined_at <= g.at
    order by p.tenant_id, p.call_id, p.identity, p.joined_at
    for update of p
)
update call_participants p
set left_at = n.at
from (
    select tenant_id, call_id, identity, joined_at, min(at) as at from gone group by tenant_id, call_id, identity, joined_at
) n
where p.tenant_id = n.tenant_id and p.call_id = n.call_id and p.identity = n.identity and p.joined_at = n.joined_at
