-- name: show_job
-- All that is known of a job, wherever it stands, as one JSON object: its row, the message behind it, the attempts to send it.
select json_build_object(
    'job', j.job,
    'delivery', (
        select to_jsonb(d) - 'recipient_hash' from relance.deliveries d where d.id = (j.job -> 'args' ->> 'delivery')::bigint),
    -- Requests hold personal data: they are not shown.
    'delivery_attempts', (
        select coalesce(jsonb_agg(to_jsonb(a) - 'request' - 'idempotency_key' order by a.opened_at), '[]')
        from relance.delivery_attempts a where a.delivery_id = (j.job -> 'args' ->> 'delivery')::bigint),
    'operator_actions', (
        select coalesce(jsonb_agg(to_jsonb(o) order by o.id), '[]')
        from relance.operator_actions o where o.target = 'job:' || $1)
) as story
from (
    select to_jsonb(j) as job from relance.jobs j where id = $1::bigint
    union all
    select to_jsonb(j) || '{"state": "dead"}' from relance.dead_jobs j where id = $1::bigint
    union all
    select to_jsonb(j) from relance.job_history j where id = $1::bigint
) j
limit 1
