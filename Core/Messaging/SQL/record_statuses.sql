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
), matched as materialized (
    select g.*, a.id as attempt, a.delivery_id
    from given g
    join relance.delivery_attempts a on a.id = g.attempt_id and a.provider = g.provider
    union all
    -- Green API names no attempt.
    select g.*, a.id, a.delivery_id
    from given g
    join relance.delivery_attempts a on a.provider_id = g.provider_id and a.provider = 'green_api'
    where g.attempt_id is null and g.provider = 'green_api'
), proved as (
    update relance.delivery_attempts a
    set closed_at = coalesce(a.closed_at, clock_timestamp()), outcome = 'accepted',
        provider_id = coalesce(a.provider_id, m.provider_id)
    from (select distinct on (attempt) attempt, provider_id from matched order by attempt, provider_id) m
    where a.id = m.attempt and a.outcome is distinct from 'accepted'
    returning a.delivery_id, a.provider, a.provider_id, a.account, a.cost_microeuros
), furthest as (
    select
        m.delivery_id, max(m.rank) as rank, min(m.at) as first_at,
        (array_agg(m.status order by m.rank desc, m.ordinal))[1] as status,
        (array_agg(coalesce(m.code, m.status) order by m.rank desc, m.ordinal))[1] as code,
        min(m.at) filter (where m.status in ('delivered', 'read')) as delivered_at,
        min(m.at) filter (where m.status = 'read') as read_at,
        min(m.at) filter (where m.status = 'opened') as opened_at,
        min(m.at) filter (where m.status = 'clicked') as clicked_at,
        max(p.provider) as provider, max(p.provider_id) as provider_id, max(p.account) as account,
        max(p.cost_microeuros) as cost
    from matched m
    left join proved p on p.delivery_id = m.delivery_id
    group by m.delivery_id
), held as materialized (
    -- As it is when nobody else can change it; after the attempts, as close_attempts does.
    select d.id, d.state, d.report_rank
    from relance.deliveries d
    where d.id in (select delivery_id from matched) and (select count(*) from proved) >= 0
    order by d.id
    for update
), moved as (
    update relance.deliveries d
    set state = case
            when f.rank <= h.report_rank then d.state
            when f.rank = 4 then 'failed'
            when f.rank >= 3 then 'delivered'
            else 'sent' end,
        reason = case
            when f.rank <= h.report_rank then d.reason
            when f.status = 'opted_out' then 'opted_out'
            when f.rank = 4 then f.code end,
        reported = case when f.rank <= h.report_rank then d.reported else f.status end,
        report_rank = greatest(h.report_rank, f.rank),
        provider = coalesce(f.provider, d.provider), account = coalesce(f.account, d.account),
        provider_id = coalesce(f.provider_id, d.provider_id), cost_microeuros = d.cost_microeuros + coalesce(f.cost, 0),
        sent_at = coalesce(d.sent_at, f.first_at),
        lateness_s = coalesce(d.lateness_s, greatest(0, extract(epoch from f.first_at - d.due_at))::integer),
        settled_at = coalesce(d.settled_at, clock_timestamp()),
        delivered_at = least(d.delivered_at, f.delivered_at), read_at = least(d.read_at, f.read_at),
        opened_at = least(d.opened_at, f.opened_at), clicked_at = least(d.clicked_at, f.clicked_at)
    from furthest f
    join held h on h.id = f.delivery_id
    where d.id = f.delivery_id
    returning d.*, f.code as told_code, h.state <> 'failed' and d.state = 'failed' as has_failed
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
), logged as (
    -- M-24: a failure is part of the lead's history, whenever it comes.
    insert into lead_activities (tenant_id, lead_id, channel, direction, status, meta, created_at)
    select
        tenant_id, recipient_id, channel, 'out', 'failed',
        jsonb_build_object('automated', true, 'provider', provider, 'delivery', id, 'step', step, 'code', told_code), relance.now()
    from moved
    where recipient_type = 'lead' and has_failed
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
order by g.ordinal
