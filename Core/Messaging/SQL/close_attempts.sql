-- name: close_attempts
-- Records providers' answers by attempt id (D-11). Repeating it changes nothing.
-- An acceptance is the only proof of sending: it is heard from anybody, whatever others made of the attempt meanwhile. So is a
-- refusal that ends the delivery. What leaves work to do, or gives up, counts only from the holder of the job, or while nobody
-- has it in hand: whoever has may be asking again at this moment, and would end the job over a delivery that is pending. And whoever has asked
-- again since may have been heard by the provider: a refusal of the first request says nothing about the repetition.
with given as (
    select *
    from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
        $10::bigint[]
    ) as g (id, outcome, code, message, provider_id, state, reason, snippet, job_id, lease)
), job as materialized (
    -- Locked first, as claiming sends does: nobody takes a job up between this and its settlement.
    select j.id, j.lease, j.state from relance.jobs j where j.id = any ($9::bigint[]) order by j.id for update
), heard as (
    -- Of two answers to one attempt the more certain.
    select distinct on (g.id) g.*, j.id is not null as has_job
    from given g
    left join job j on j.id = g.job_id
    where g.outcome = 'accepted' or j.lease = g.lease
        or (g.outcome in ('refused', 'not_sent') and (
            g.state <> 'pending'
            or (j.state is distinct from 'running'
                and exists (select from relance.delivery_attempts a where a.id = g.id and a.lease = g.lease))))
    order by g.id, array_position(array['accepted', 'refused', 'not_sent', 'unknown'], g.outcome)
), attempt as materialized (
    -- In one order, as record_statuses locks them.
    select h.*, a.outcome as outcome_before
    from heard h
    join relance.delivery_attempts a on a.id = h.id
    order by a.id
    for update of a
), asked_again as (
    update relance.delivery_attempts a
    set reconciliations = a.reconciliations + 1, code = h.code, message = h.message
    from attempt h
    where a.id = h.id and a.outcome is null and h.outcome is null
), closed as (
    update relance.delivery_attempts a
    set closed_at = clock_timestamp(), outcome = h.outcome, code = h.code, message = h.message, provider_id = h.provider_id
    from attempt h
    where a.id = h.id and h.outcome is not null
        -- What is known for certain replaces what was not; that it was sent replaces everything.
        and (a.closed_at is null or (a.outcome = 'unknown' and h.outcome <> 'unknown')
            or (a.outcome <> 'accepted' and h.outcome = 'accepted'))
    returning
        a.delivery_id, a.tenant_id, a.provider, a.cost_microeuros, a.cost_month, h.outcome, h.code, h.provider_id, h.snippet,
        -- Whether it counted for budget and caps, and whether it does now.
        coalesce(h.outcome_before, 'unknown') in ('accepted', 'unknown') as did_count, h.outcome in ('accepted', 'unknown') as counts,
        -- Nobody would ever take it up again.
        case when h.state = 'pending' and not h.has_job then 'failed' else h.state end as state,
        coalesce(h.reason, case when h.state = 'pending' and not h.has_job then h.code end) as reason
), moved as (
    update relance.deliveries d
    set state = c.state, reason = c.reason, provider = c.provider, provider_id = c.provider_id,
        -- Whoever sends it once more needs another key.
        generation = d.generation + case when c.outcome in ('refused', 'not_sent') or c.state = 'failed' then 1 else 0 end,
        cost_microeuros = d.cost_microeuros + case c.outcome when 'accepted' then c.cost_microeuros else 0 end,
        -- An acceptance that has failed since is what a report of the failure would have made of it.
        reported = case when c.outcome = 'accepted' and c.state = 'failed' then c.state else d.reported end,
        report_rank = case when c.outcome = 'accepted' and c.state = 'failed' then 4 else d.report_rank end,
        sent_at = case c.state when 'sent' then relance.now() end,
        lateness_s = case when c.state = 'sent' then greatest(0, extract(epoch from relance.now() - d.due_at))::integer end,
        settled_at = case c.state when 'pending' then null else clock_timestamp() end
    from closed c
    where d.id = c.delivery_id
        and (d.state = 'sending' or (d.state = 'uncertain' and c.outcome <> 'unknown')
            or (d.state not in ('sent', 'delivered') and c.outcome = 'accepted'))
    returning d.*, c.snippet, c.code, c.provider as carried_by
), counted_anew as (
    select c.tenant_id, d.channel, c.cost_month as month, sum(case when c.counts then 1 else -1 end * c.cost_microeuros) as change
    from closed c
    join relance.deliveries d on d.id = c.delivery_id
    where c.cost_microeuros > 0 and c.counts <> c.did_count
    group by c.tenant_id, d.channel, c.cost_month
), month as materialized (
    -- In one order, as claims do.
    select m.tenant_id, m.channel, m.month, n.change
    from relance.message_costs m
    join counted_anew n on n.tenant_id = m.tenant_id and n.channel = m.channel and n.month = m.month
    order by m.tenant_id, m.channel, m.month
    for update of m
), spent as (
    update relance.message_costs m
    set microeuros = m.microeuros + n.change
    from month n
    where m.tenant_id = n.tenant_id and m.channel = n.channel and m.month = n.month
), uncounted as (
    delete from relance.marketing_sends s
    using closed c
    join moved m on m.id = c.delivery_id
    where not c.counts and m.message_class = 'marketing'
        and s.tenant_id = m.tenant_id and s.address_hash = m.recipient_hash and s.delivery_id = m.id
), counted as (
    insert into relance.marketing_sends (tenant_id, address_hash, delivery_id, claimed_at)
    select m.tenant_id, m.recipient_hash, m.id, relance.now()
    from closed c
    join moved m on m.id = c.delivery_id
    where c.counts and not c.did_count and m.message_class = 'marketing'
    on conflict do nothing
), logged as (
    -- M-24: every send is an activity, success and failure; automated ones never hide a lead at risk (D-30).
    insert into lead_activities (tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
    select
        tenant_id, recipient_id, channel, 'out', case state when 'skipped' then 'failed' else state end, left(snippet, 100),
        jsonb_build_object('automated', kind <> 'alert_action', 'provider', carried_by, 'delivery', id, 'step', step)
            || case when code is null then '{}' else jsonb_build_object('code', code) end,
        relance.now()
    from moved
    where recipient_type = 'lead' and state in ('sent', 'failed', 'skipped', 'uncertain')
)
insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
select
    'outcome_unknown:' || tenant_id || ':' || carried_by, tenant_id, 'outcome_unknown', 'warning',
    'messages whose outcome is unknown wait for an operator: relance deliveries list --state uncertain',
    jsonb_build_object('provider', carried_by, 'last_delivery', max(id))
from moved
where state = 'uncertain'
group by tenant_id, carried_by
order by tenant_id, carried_by
on conflict (fingerprint) where resolved_at is null do update
set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail
