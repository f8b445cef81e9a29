-- name: close_attempts
-- Records providers' answers by attempt id, whoever holds the lease by now: they are the only proof of sending (D-11).
-- Repeating it changes nothing: an attempt closes once.
with given as (
    select *
    from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[]
    ) as g (id, outcome, code, message, provider_id, state, reason, cost, snippet)
), asked_again as (
    update relance.delivery_attempts a
    set reconciliations = a.reconciliations + 1, code = g.code, message = g.message
    from given g
    where a.id = g.id and a.closed_at is null and g.outcome is null
), closed as (
    update relance.delivery_attempts a
    set closed_at = clock_timestamp(), outcome = g.outcome, code = g.code, message = g.message, provider_id = g.provider_id
    from given g
    where a.id = g.id and a.closed_at is null and g.outcome is not null
    returning a.delivery_id, a.provider, g.*
), moved as (
    update relance.deliveries d
    set state = c.state, reason = c.reason, provider_id = c.provider_id,
        generation = d.generation + case when c.outcome in ('refused', 'not_sent') then 1 else 0 end,
        cost_microeuros = d.cost_microeuros + c.cost,
        sent_at = case c.state when 'sent' then relance.now() end,
        lateness_s = case when c.state = 'sent' then greatest(0, extract(epoch from relance.now() - d.due_at))::integer end,
        settled_at = case c.state when 'pending' then null else clock_timestamp() end
    from closed c
    where d.id = c.delivery_id and d.state = 'sending'
    returning d.*, c.snippet, c.code, c.provider as carried_by
), logged as (
    -- M-24: every send is an activity, success and failure; automated ones never hide a lead at risk (D-30).
    insert into lead_activities (tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
    select
        tenant_id, recipient_id, channel, 'out', state, left(snippet, 100),
        jsonb_build_object('automated', true, 'provider', carried_by, 'delivery', id, 'step', step)
            || case when code is null then '{}' else jsonb_build_object('code', code) end,
        relance.now()
    from moved
    where recipient_type = 'lead' and state in ('sent', 'failed', 'uncertain')
)
insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
select
    'outcome_unknown:' || tenant_id || ':' || carried_by, tenant_id, 'outcome_unknown', 'warning',
    'messages whose outcome is unknown wait for an operator: relance deliveries list --state uncertain',
    jsonb_build_object('provider', carried_by, 'last_delivery', max(id))
from moved
where state = 'uncertain'
group by tenant_id, carried_by
on conflict (fingerprint) where resolved_at is null do update
set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail
