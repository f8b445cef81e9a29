-- name: preview_touched_leads
-- A page of the leads that a run would look at: the touched ones, the marked ones, and where a new day has begun those with alerts.
select w.tenant_id, w.lead_id
from (
    select tenant_id, lead_id from touched
    union
    select tenant_id, lead_id from relance.lead_alert_marks where lead_id is not null
    union
    select a.tenant_id, a.lead_id
    from organizations o
    join max_alerts a on a.tenant_id = o.id and a.resolved_at is null
    where not exists (
        select from relance.lead_alert_days d
        where d.tenant_id = o.id and d.local_date = (relance.now() at time zone o.timezone)::date)
) w
where (w.tenant_id, w.lead_id) > ($1::text, $2::text)
order by w.tenant_id, w.lead_id
limit $3::integer
