-- name: read_inbound_outcomes
-- How far ingest has come with what it was to evaluate anew.
select case when i.waits_since is null then i.outcome else 'waiting' end as outcome, count(*) as rows
from relance.inbound_messages i
where i.id = any ($1::bigint[])
group by 1
order by 1
