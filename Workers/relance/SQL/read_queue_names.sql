-- name: read_queue_names
-- Queues that have jobs, hopping from name to name, or are paused.
with recursive queue as (
    (select queue as name from relance.jobs order by queue limit 1)
    union all
    select (select j.queue from relance.jobs j where j.queue > q.name order by j.queue limit 1)
    from queue q
    where q.name is not null
)
select name from queue where name is not null
union
select queue from relance.dead_jobs
union
select queue from relance.queue_controls
order by 1
