-- name: retry_jobs
-- Jobs that administrators want done, one after the other in the order of their keys. One row for each, in order.
select r.outcome, r.state
from (
    select g.* from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) with ordinality
        as g (tenant_id, id, caller, reason, ordinal)
    order by g.ordinal
) g
cross join lateral relance.retry_job(g.tenant_id, g.id, g.caller, g.reason) r
order by g.ordinal
