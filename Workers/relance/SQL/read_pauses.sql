-- name: read_pauses
-- Who must not be written to at present: everybody, single organisations, single queues (D-92).
select 'everywhere' as scope, null as name, sending_paused_at as since, sending_paused_reason as reason
from relance.instance where sending_paused_at is not null
union all
select 'organisation', tenant_id, sending_paused_at, null from organization_settings where sending_paused_at is not null
union all
select 'queue', queue, paused_at, reason from relance.queue_controls
order by 1, 2
limit 50
