-- name: log_activities
-- A batch of activities, sorted by tenant and lead. One row for each, in order, with the types of the alerts that it raised and
-- resolved; the function says how.
select l.logged_at, l.raised, l.resolved
from relance.log_activities(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]::jsonb[]) l
