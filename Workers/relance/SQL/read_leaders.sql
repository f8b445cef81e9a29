-- name: read_leaders
-- Who may plan, under which epoch, and for how long (D-81).
select
    name, epoch, holder, expires_at > clock_timestamp() as is_held,
    -- A lease that was given back is as old as time itself.
    case when expires_at > '-infinity' then extract(epoch from expires_at - clock_timestamp())::bigint end as expires_in_s
from relance.leases
order by name
