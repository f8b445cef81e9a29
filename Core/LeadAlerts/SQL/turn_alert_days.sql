-- name: turn_alert_days
-- Where a new day has begun, the texts of the active alerts count one more: their leads are marked. Tells when to ask again: at
-- the next midnight or nine o'clock of any organisation, in an hour at the latest.
with fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), today as materialized (
    select o.id as tenant_id, o.timezone, (relance.now() at time zone o.timezone)::date as local_date from organizations o
), turned as (
    insert into relance.lead_alert_days as d (tenant_id, local_date)
    select t.tenant_id, t.local_date from today t where exists (select from fence) order by t.tenant_id
    on conflict (tenant_id) do update set local_date = excluded.local_date where d.local_date <> excluded.local_date
    returning d.tenant_id
), marked as (
    insert into relance.lead_alert_marks (tenant_id, lead_id)
    select distinct a.tenant_id, a.lead_id
    from turned t
    join max_alerts a on a.tenant_id = t.tenant_id and a.resolved_at is null
    order by a.tenant_id, a.lead_id
)
update relance.lead_alert_progress
set calendar_at = least(
    relance.now() + interval '1 hour',
    (select min(n.at) from today t cross join lateral (values
        ((t.local_date + 1)::timestamp at time zone t.timezone), ((t.local_date + time '09:00') at time zone t.timezone),
        ((t.local_date + 1 + time '09:00') at time zone t.timezone)) as n (at)
    where n.at > relance.now()))
where exists (select from fence)
returning calendar_at
