-- name: lock_scheduling
-- What is booked and changed in one organisation takes turns until its commit: else two bookings, each unseen by the other,
-- would both get a closer's free hour, and one person would become two leads. In the order of the keys, so that batches never
-- wait for each other in a circle.
select count(pg_advisory_xact_lock(k.key))
from (
    select distinct hashtextextended('scheduling' || chr(31) || t.tenant_id, 0) as key
    from unnest($1::text[]) as t (tenant_id)
    order by key
) k
