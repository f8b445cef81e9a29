-- name: read_fleet_metrics
-- What a scrape tells of the fleet, each figure from an index of live rows, so that its cost does not grow with the history.
select 'jobs' as metric, j.queue as a, j.kind as b, j.state as c, count(*)::double precision as value,
    greatest(0, extract(epoch from clock_timestamp() - min(j.run_at)))::double precision as age
from relance.jobs j
group by j.queue, j.kind, j.state
union all
select 'deliveries', d.channel, '', d.state, count(*), greatest(0, extract(epoch from clock_timestamp() - min(d.due_at)))
from relance.deliveries d
where d.settled_at is null
group by d.channel, d.state
union all
select 'runs', r.program, '', r.status, count(*), extract(epoch from clock_timestamp() - max(r.started_at))
from relance.runs r
where r.started_at > clock_timestamp() - interval '1 hour'
group by r.program, r.status
union all
select 'alerts', s.severity, '', '', count(*), 0
from relance.system_alerts s
where s.resolved_at is null
group by s.severity
