-- name: perform_scheduling
-- A batch of scheduling requests, one after the other: what each of them comes to depends on those before it. Runs after
-- lock_scheduling, so that it sees what others have committed. One row for each, in order.
select g.ordinal, relance.schedule(g.tenant_id, g.action, g.subject, g.given::jsonb) as outcome
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as g (tenant_id, action, subject, given, ordinal)
order by g.ordinal
