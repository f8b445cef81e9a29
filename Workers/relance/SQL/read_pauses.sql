-- name: read_pauses
-- Who must not be written to at present: everybody, single organisations, single queues (D-92). Why an organisation is paused
-- stands in the audit.
select 'everywhere' as scope, null as name, sending_paused_at as since, sending_paused_reason as reason
from relance.instance where sending_paused_at is not null
union all
select
    'organisation', o.tenant_id, o.sending_paused_at,
    (
        select a.reason from relance.operator_actions a
        where a.action = 'pause sending' and a.target = 'organisation:' || o.tenant_id and a.done_at >= o.sending_paused_at
        order by a.id desc limit 1)
from organization_settings o where o.sending_paused_at is not null
union all
select 'queue', queue, paused_at, reason from relance.queue_controls
order by 1, 2
limit 50
