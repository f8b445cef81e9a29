-- name: open_attempts
-- Claims the sends (D-11): under the job's lease, renewed here so that it outlasts the request, with everything that may stand
-- against a send read in this same transaction and the delivery locked: state, expiry, pause, suppressions, preferences, consent,
-- hours, holidays, caps. Bytes leave only for the rows that come back as 'open'. A deferral moves due and expiry alike, within the
-- hard stop; nothing else is changed for the others. Runs after lock_recipients, which makes caps exact.
with given as (
    select *, 'running' as held_state, decode(hash, 'hex') as address
    from unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::bigint[]
    ) as g (
        job_id, lease, delivery_id, attempt_id, provider, account, idempotency_key, endpoint, content_type, request, hash, cost)
), held as (
    update relance.jobs j
    set has_begun = true, leased_until = clock_timestamp() + make_interval(secs => $13::double precision)
    from given g
    where j.id = g.job_id and j.lease = g.lease and j.state = g.held_state and j.leased_until > clock_timestamp()
    returning j.id
), read as (
    select
        g.*, d.tenant_id, d.channel, d.generation, d.message_class, d.hard_stop_at,
        case
            when d.state <> 'pending' then d.state
            when relance.now() >= d.expires_at then 'missed'
            when i.sending_paused_at is not null or o.sending_paused_at is not null then 'paused'
            when exists (
                select from relance.suppressions s
                where s.tenant_id = d.tenant_id and s.channel = d.channel and s.address_hash = g.address
                    and (s.scope = 'all' or d.message_class = 'marketing')) then 'suppressed'
            when d.recipient_type = 'user' and exists (
                select from notification_preferences p
                where p.tenant_id = d.tenant_id and p.user_id = d.recipient_id and p.kind = d.kind and p.channel = d.channel
                    and not p.is_enabled) then 'preference_off'
            else 'open'
        end as verdict,
        -- Asked for marketing alone: a transactional message pays nothing for it.
        case when d.message_class = 'marketing' then relance.hold_on_marketing(d, g.address) end as hold
    from given g
    join held h on h.id = g.job_id
    join relance.deliveries d on d.id = g.delivery_id
    cross join relance.instance i
    left join organization_settings o on o.tenant_id = d.tenant_id
    order by d.id
    -- Whoever changed the delivery meanwhile has finished: the verdict is about the row as it is.
    for update of d
), weighed as (
    select
        r.*, (r.hold).until as until,
        case
            when r.verdict <> 'open' then r.verdict
            when (r.hold).reason is not null and ((r.hold).until is null or (r.hold).until >= r.hard_stop_at)
                then (r.hold).reason
            when (r.hold).reason is not null then 'deferred'
            -- The cap counts one at a time: the next of the same address comes back when this one is counted.
            when r.message_class = 'marketing'
                and row_number() over (partition by r.tenant_id, r.hash, r.verdict, (r.hold).reason order by r.delivery_id) > 1
                then 'again'
            else 'open'
        end as word
    from read r
), decided as (
    select
        w.*,
        case
            when w.word = 'open' and w.cost > 0 and exists (
                select
                from organization_settings o
                left join relance.message_costs c
                    on c.tenant_id = o.tenant_id and c.channel = w.channel and c.month = w.cost_month
                where o.tenant_id = w.tenant_id
                    and coalesce(c.microeuros, 0) + w.cost_so_far > o.sms_monthly_cap_cents * 10000) then 'cost_cap'
            else w.word
        end as final
    from (
        select
            *,
            -- Of those before it in this claim, only what goes out costs something.
            sum(cost) filter (where word = 'open') over (partition by tenant_id, channel order by delivery_id) as cost_so_far,
            case when cost > 0 then relance.month_of(tenant_id) end as cost_month
        from weighed
    ) w
), opened as (
    insert into relance.delivery_attempts (
        id, tenant_id, delivery_id, job_id, lease, generation, provider, account, cost_microeuros, cost_month,
        idempotency_key, endpoint, content_type, request)
    select
        attempt_id, tenant_id, delivery_id, job_id, lease, generation, provider, account, cost,
        cost_month, idempotency_key, endpoint, content_type, request
    from decided
    where final = 'open'
    on conflict (delivery_id) where closed_at is null do nothing
    returning id
), leaving as materialized (
    -- By attempt: of two jobs of one delivery only one has opened it. Asked as a value, because a join of sets whose sizes the
    -- planner cannot know would compare each with each.
    select * from decided c where (c.attempt_id in (select o.id from opened o)) is true
), moved as (
    update relance.deliveries d
    set state = 'sending', attempts = d.attempts + 1, provider = c.provider, account = c.account, recipient_hash = c.address,
        -- What was reported of earlier attempts says nothing about this one.
        reported = null, report_rank = 0
    from leaving c
    where d.id = c.delivery_id
), deferred as (
    update relance.deliveries d
    set due_at = c.until, expires_at = least(d.expires_at + (c.until - d.due_at), d.hard_stop_at), deferrals = d.deferrals + 1,
        deferred_by = (c.hold).reason
    from decided c
    where d.id = c.delivery_id and c.final = 'deferred'
), counted as (
    insert into relance.marketing_sends (tenant_id, address_hash, delivery_id, claimed_at)
    select c.tenant_id, c.address, c.delivery_id, relance.now()
    from leaving c
    where c.message_class = 'marketing'
    on conflict do nothing
), spent as (
    insert into relance.message_costs as m (tenant_id, channel, month, microeuros)
    select c.tenant_id, c.channel, c.cost_month, sum(c.cost)
    from leaving c
    where c.cost > 0
    group by c.tenant_id, c.channel, c.cost_month
    order by c.tenant_id, c.channel
    on conflict (tenant_id, channel, month) do update set microeuros = m.microeuros + excluded.microeuros
), written_to as (
    insert into relance.conversations as v (tenant_id, channel, address_hash, account, last_outbound_at)
    select distinct c.tenant_id, c.channel, c.address, c.account, relance.now()
    from leaving c
    where c.channel in ('sms', 'whatsapp')
    order by 1, 2, 3, 4
    on conflict (tenant_id, channel, address_hash, account) do update set last_outbound_at = excluded.last_outbound_at
)
select
    g.job_id,
    case
        when c.final is null then 'lost'
        when c.final = 'open' and (c.attempt_id in (select o.id from opened o)) is not true then 'lost'
        else c.final
    end as verdict,
    case when c.final = 'deferred' then extract(epoch from c.until - relance.now())::double precision end as wait_s
from given g
left join decided c on c.job_id = g.job_id
