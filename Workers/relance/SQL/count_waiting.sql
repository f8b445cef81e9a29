-- name: count_waiting
-- Messages that are planned and have not left, and how many of them expire within an hour.
select
    count(*) as waiting,
    count(*) filter (where expires_at < relance.now() + interval '1 hour') as expiring
from relance.deliveries
where settled_at is null and state = 'pending' and expires_at > relance.now() and ($1::text is null or tenant_id = $1)
