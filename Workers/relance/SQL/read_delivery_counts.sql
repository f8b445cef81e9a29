-- name: read_delivery_counts
-- What became of messages in the last 24 hours, and what is open now; each organisation through its own index.
select state, sum(count)::bigint as count
from (
    select d.state, d.count
    from organizations o
    cross join lateral (
        select state, count(*) as count
        from relance.deliveries
        where tenant_id = o.id and settled_at > clock_timestamp() - interval '24 hours'
        group by state
    ) d
    union all
    select state, count(*) from relance.deliveries where settled_at is null group by state
) s
group by state
order by state
