-- name: lock_job
-- Where a job stands and what a retry has to know of it. Rows that a retry would move are locked: two operators, or an
-- operator and a drainer, decide one after the other.
with live as materialized (
    select * from relance.jobs where id = $1::bigint for update
), dead as materialized (
    select * from relance.dead_jobs where id = $1::bigint for update
), found as (
    select state, queue, args, expires_at, null as reason from live
    union all
    select 'dead', queue, args, expires_at, reason from dead
    union all
    (select state, queue, args, null, reason from relance.job_history where id = $1::bigint limit 1)
), delivery as materialized (
    select d.* from relance.deliveries d, found f where d.id = (f.args ->> 'delivery')::bigint for update of d
)
select
    f.state, f.queue, f.reason, coalesce(f.expires_at <= relance.now(), false) as is_expired,
    d.id as delivery_id, d.state as delivery_state, d.reason as delivery_reason,
    coalesce(d.expires_at <= relance.now(), false) as is_delivery_expired, coalesce(d.expires_at, f.expires_at) as expires_at
from found f
left join delivery d on true
