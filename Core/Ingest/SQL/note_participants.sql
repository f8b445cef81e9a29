-- name: note_participants
-- Who came into a call, and when they left (K-23): the evidence of who was there (D-20), also when it comes after the mark of a
-- no-show (D-21). A leaving tells when its participant had come, so it is evidence even where the coming was never delivered.
-- In any order, any number of times: an entry is known by its person and its instant, and a leaving of its own outweighs the
-- closing of the room.
with given as materialized (
    select g.*, c.id as call_id
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
        as g (tenant_id, appointment_id, identity, role, joined_at, left_at)
    cross join lateral (
        select c.id
        from calls c
        where c.tenant_id = g.tenant_id and c.appointment_id = g.appointment_id
        order by c.started_at desc nulls last, c.id
        limit 1
    ) c
)
insert into call_participants as p (tenant_id, call_id, identity, role, joined_at, left_at)
select tenant_id, call_id, identity, min(role), joined_at, max(left_at)
from given
group by tenant_id, call_id, identity, joined_at
order by tenant_id, call_id, identity, joined_at
on conflict (tenant_id, call_id, identity, joined_at) do update
set left_at = coalesce(excluded.left_at, p.left_at)
