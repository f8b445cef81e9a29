-- name: claim_suspect_job
-- One job that was running when its process died: it runs alone, so that a crash condemns no neighbour (D-82).
with picked as (
    select j.id
    from relance.jobs j
    where j.kind = any ($1::text[]) and j.state = 'available' and j.is_suspect
        and not exists (select from relance.queue_controls c where c.queue = j.queue)
    order by j.id
    limit 1
    for update skip locked
)
update relance.jobs j
set state = 'running', lease = nextval('relance.lease_number'), leased_by = $3, attempts = j.attempts + 1,
    leased_until = clock_timestamp() + make_interval(secs => $2::double precision)
from picked
where j.id = picked.id
returning j.id, j.lease, j.kind, j.tenant_id, j.attempts, j.max_attempts, j.has_begun, j.is_suspect, j.args, j.trace_id
