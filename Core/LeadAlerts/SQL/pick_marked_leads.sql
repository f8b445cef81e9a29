-- name: pick_marked_leads
-- Takes a batch of marks away; what has changed by the time they were made is seen by the statement after this one. A lead that is
-- marked while it is looked at stays so.
with fence as materialized (
    select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share
), picked as (
    delete from relance.lead_alert_marks
    where id in (
        select id from relance.lead_alert_marks
        where lead_id is not null and exists (select from fence)
        order by id limit $3::integer
        for update skip locked)
    returning tenant_id, lead_id
)
select tenant_id, lead_id, count(*) as marks from picked group by tenant_id, lead_id
