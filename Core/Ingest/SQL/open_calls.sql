-- name: open_calls
-- A row for the call of each appointment whose room was opened or entered (K-23). A call that the application opened is the
-- call; one that nobody had is named as its appointment, so that webhooks, the API and look-ups come to the same row.
insert into calls (tenant_id, id, appointment_id, started_at)
select g.tenant_id, g.appointment_id, g.appointment_id, min(g.at)
from unnest($1::text[], $2::text[], $3::timestamptz[]) as g (tenant_id, appointment_id, at)
where not exists (
    select from calls c where c.tenant_id = g.tenant_id and c.appointment_id = g.appointment_id)
group by g.tenant_id, g.appointment_id
order by g.tenant_id, g.appointment_id
on conflict (tenant_id, id) do nothing
