-- name: record_statuses
-- What providers report about messages they were given. Any report proves that the message had been accepted, so it closes an
-- attempt whose answer was lost. Reports come twice and in any order: each has a rank, and none moves a message back (a failure
-- outranks a delivery, and a receipt outranks both). A failure after the send ends the message as failed (D-93); bounces,
-- complaints and opt-outs suppress the address (D-16). Returns one row for each report, in order.
with given as (
    select g.*, r.rank, to_timestamp(g.occurred) as at
    from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::double precision[])
        with ordinality as g (provider, provider_id, attempt_id, status, code, message, occurred, ordinal)
    join (values
        ('accepted', 1), ('deferred', 1), ('sent', 2), ('delivered', 3), ('opened', 3), ('clicked', 3), ('complained', 3),
        ('unsubscribed', 3), ('failed', 4), ('bounced', 4), ('opted_out', 4), ('read', 5)) as r (status, rank)
        on r.status = g.status
), named as (
    select g.*, a.id as attempt
    from given g
    join relance.delivery_attempts a on a.id = g.attempt_id and a.provider = g.provider
    union all
    -- Green API names no attempt.
    select g.*, a.id
    from given g
    join relance.delivery_attempts a on a.provider_id = g.provider_id and a.provider = 'green_api'
    where g.attempt_id is null and g.provider = 'green_api'
), attempt as materialized (
    -- In one order, before the deliveries, as close_attempts locks them.
    select
        a.id, a.delivery_id, a.generation, a.outcome,
        not exists (
            select from relance.delivery_attempts n where n.delivery_id = a.delivery_id and n.generation > a.generation) as is_last
    from relance.delivery_attempts a
    where a.id in (select n.attempt from named n)
    order by a.id
    for update
), proved as (
    update relance.delivery_attempts a
    set closed_at = coalesce(a.closed_at, clock_timestamp()), outcome = 'accepted',
        provider_id = coalesce(a.provider_id, n.provider_id)
    from (select distinct on (attempt) attempt, provider_id from named order by attempt, provider_id) n
    join attempt was on was.id = n.attempt
    where a.id = n.attempt and was.outcome is distinct from 'accepted'
    returning
        a.id, a.delivery_id, a.tenant_id, a.provider, a.provider_id, a.account, a.cost_microeuros, a.cost_month,
        coalesce(was.outcome, 'unknown') <> 'unknown' as was_refused
), held as materialized (
    -- As it is when nobody else can change it: what is written below comes from here, because a row's constraints are checked
    -- before Postgres finds that another transaction has changed it meanwhile.
    select d.*
    from relance.deliveries d
    where d.id in (select a.delivery_id from attempt a) and (select count(*) from proved) >= 0
    order by d.id
    for update
), matched as materialized (
    select
        n.*, a.delivery_id,
        -- That an earlier attempt failed says nothing about the one that came in its place.
        case
            when n.rank = 4 and not (a.is_last and (h.state <> 'sending' or h.generation = a.generation)) then 0 else n.rank
        end as weight
    from named n
    join attempt a on a.id = n.attempt
    join held h on h.id = a.delivery_id
), furthest as (
    select
        m.delivery_id, max(m.weight) as rank, min(m.at) filter (where m.weight > 0) as first_at,
        (array_agg(m.status order by m.weight desc, m.ordinal))[1] as status,
        (array_agg(coalesce(m.code, m.status) order by m.weight desc, m.ordinal))[1] as code,
        min(m.at) filter (where m.status in ('delivered', 'read')) as delivered_at,
        min(m.at) filter (where m.status = 'read') as read_at,
        min(m.at) filter (where m.status = 'opened') as opened_at,
        min(m.at) filter (where m.status = 'clicked') as clicked_at,
        max(p.provider) filter (where m.weight > 0) as provider, max(p.provider_id) filter (where m.weight > 0) as provider_id,
        max(p.account) filter (where m.weight > 0) as account
    from matched m
    left join proved p on p.id = m.attempt
    group by m.delivery_id
), moved as (
    update relance.deliveries d
    set state = case
            when f.rank <= h.report_rank then h.state
            when f.rank = 4 then 'failed'
            when f.rank >= 3 then 'delivered'
            else 'sent' end,
        reason = case
            when f.rank <= h.report_rank then h.reason
            when f.status = 'opted_out' then 'opted_out'
            when f.rank = 4 then f.code end,
        -- Whoever sends it once more needs another key.
        generation = h.generation + case when f.rank = 4 and h.report_rank < 4 then 1 else 0 end,
        reported = case when f.rank <= h.report_rank then h.reported else f.status end,
        report_rank = greatest(h.report_rank, f.rank),
        provider = coalesce(f.provider, h.provider), account = coalesce(f.account, h.account),
        provider_id = coalesce(f.provider_id, h.provider_id),
        cost_microeuros = h.cost_microeuros
            + coalesce((select sum(p.cost_microeuros) from proved p where p.delivery_id = d.id), 0)::bigint,
        sent_at = coalesce(h.sent_at, f.first_at),
        lateness_s = case
            when f.rank = 0 then h.lateness_s
            -- The provider's clock may say anything.
            else coalesce(h.lateness_s, least(greatest(0, extract(epoch from f.first_at - h.due_at)), 2147483647)::integer) end,
        settled_at = coalesce(h.settled_at, case when f.rank > 0 then clock_timestamp() end),
        delivered_at = least(h.delivered_at, f.delivered_at), read_at = least(h.read_at, f.read_at),
        opened_at = least(h.opened_at, f.opened_at), clicked_at = least(h.clicked_at, f.clicked_at)
    from furthest f
    join held h on h.id = f.delivery_id
    where d.id = f.delivery_id
    returning
        d.*, f.code as told_code, h.state as state_before, h.state <> 'failed' and d.state = 'failed' as has_failed,
        (h.sent_at is null or h.state = 'failed') and d.state in ('sent', 'delivered') as was_sent
), month as materialized (
    -- What a refusal had given back is spent after all; months in one order, as claims do.
    select m.tenant_id, m.channel, m.month, p.microeuros
    from relance.message_costs m
    join (
        select d.tenant_id, d.channel, p.cost_month as month, sum(p.cost_microeuros) as microeuros
        from proved p
        join moved d on d.id = p.delivery_id
        where p.was_refused and p.cost_microeuros > 0
        group by d.tenant_id, d.channel, p.cost_month
    ) p on p.tenant_id = m.tenant_id and p.channel = m.channel and p.month = m.month
    order by m.tenant_id, m.channel, m.month
    for update of m
), spent as (
    update relance.message_costs m
    set microeuros = m.microeuros + p.microeuros
    from month p
    where m.tenant_id = p.tenant_id and m.channel = p.channel and m.month = p.month
), counted as (
    insert into relance.marketing_sends (tenant_id, address_hash, delivery_id, claimed_at)
    select distinct d.tenant_id, d.recipient_hash, d.id, relance.now()
    from proved p
    join moved d on d.id = p.delivery_id
    where p.was_refused and d.message_class = 'marketing' and d.recipient_hash is not null
    order by 1, 2, 3
    on conflict do nothing
), suppressed as (
    insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason, masked)
    select distinct on (1, 2, 3, 4)
        d.tenant_id, d.channel, d.recipient_hash,
        case when m.status in ('complained', 'unsubscribed') then 'marketing' else 'all' end,
        m.status, relance.masked(case d.channel when 'email' then who.email else who.phone end)
    from matched m
    join moved d on d.id = m.delivery_id
    left join lateral (
        select email, phone from leads l where d.recipient_type = 'lead' and l.tenant_id = d.tenant_id and l.id = d.recipient_id
        union all
        select email, phone from users u where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
    ) who on true
    where m.status in ('bounced', 'opted_out', 'complained', 'unsubscribed') and d.recipient_hash is not null
    order by 1, 2, 3, 4
    on conflict do nothing
), logged as materialized (
    -- M-24: the lead's history has every send and every failure, whenever they become known.
    select relance.correct_activity(
        tenant_id, recipient_id, id, channel, state_before, case when has_failed then 'failed' else 'sent' end,
        jsonb_build_object('automated', kind <> 'alert_action', 'provider', provider, 'delivery', id, 'step', step)
            || case when has_failed then jsonb_build_object('code', told_code) else '{}' end)
    from moved
    where recipient_type = 'lead' and (has_failed or was_sent)
), alerted as (
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    select
        'delivery_failed:' || tenant_id || ':' || channel, tenant_id, 'delivery_failed', 'warning',
        'messages did not arrive after all: relance deliveries list --state failed',
        jsonb_build_object('channel', channel, 'last_delivery', max(id))
    from moved
    where has_failed and message_class = 'transactional'
    group by tenant_id, channel
    order by tenant_id, channel
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail
)
select g.ordinal, m.delivery_id, d.tenant_id, d.state
from given g
left join matched m on m.ordinal = g.ordinal
left join moved d on d.id = m.delivery_id
where (select count(*) from logged) >= 0
order by g.ordinal
