-- name: pause_organization
-- No message of one organisation goes out any more. No row: there is no such organisation.
with given as materialized (
    select clock_timestamp() as at
)
insert into organization_settings as s (tenant_id, sending_paused_at)
select o.id, g.at from organizations o cross join given g where o.id = $1
on conflict (tenant_id) do update set sending_paused_at = coalesce(s.sending_paused_at, excluded.sending_paused_at)
returning s.sending_paused_at <> (select at from given) as was_paused
