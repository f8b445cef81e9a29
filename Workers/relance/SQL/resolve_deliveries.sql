-- name: resolve_deliveries
-- An operator's word on messages whose outcome is unknown, accounted for as the provider's would be (close_attempts): what was
-- sent costs and counts; what was not gives its budget back and takes the next generation. Runs after lock_uncertain. A later
-- answer or report of the provider's still has the last word. The lead's history says the same.
with latest as (
    select distinct on (a.delivery_id) a.*
    from relance.delivery_attempts a
    where a.delivery_id = any ($1::bigint[]) and a.outcome = 'unknown'
    order by a.delivery_id, a.opened_at desc
), closed as (
    update relance.delivery_attempts a
    set outcome = case $2::text when 'sent' then 'accepted' else 'not_sent' end, code = 'resolved_by_operator'
    from latest l
    where a.id = l.id
    returning a.delivery_id, a.tenant_id, a.provider, a.provider_id, a.account, a.opened_at, a.cost_microeuros
), moved as (
    update relance.deliveries d
    set state = $2, reason = case $2 when 'failed' then 'resolved_by_operator' end,
        provider = coalesce(c.provider, d.provider, 'unknown'), provider_id = coalesce(c.provider_id, d.provider_id),
        account = coalesce(c.account, d.account),
        generation = d.generation + case $2 when 'failed' then 1 else 0 end,
        cost_microeuros = d.cost_microeuros + case $2 when 'sent' then coalesce(c.cost_microeuros, 0) else 0 end,
        -- It left when its request did.
        sent_at = case $2 when 'sent' then coalesce(c.opened_at, d.settled_at) end,
        lateness_s = case $2
            when 'sent' then greatest(0, extract(epoch from coalesce(c.opened_at, d.settled_at) - d.due_at))::integer end,
        settled_at = clock_timestamp()
    from unnest($1::bigint[]) as g (id)
    left join closed c on c.delivery_id = g.id
    where d.id = g.id and d.state = 'uncertain'
    returning d.*
), given_back as (
    update relance.message_costs m
    set microeuros = m.microeuros - r.microeuros
    from (
        select
            c.tenant_id, v.channel, date_trunc('month', c.opened_at at time zone o.timezone)::date as month,
            sum(c.cost_microeuros) as microeuros
        from closed c
        join moved v on v.id = c.delivery_id
        join organizations o on o.id = c.tenant_id
        where c.cost_microeuros > 0 and v.state = 'failed'
        group by 1, 2, 3
    ) r
    where m.tenant_id = r.tenant_id and m.channel = r.channel and m.month = r.month
), uncounted as (
    delete from relance.marketing_sends s
    using moved v
    where v.state = 'failed' and v.message_class = 'marketing'
        and s.tenant_id = v.tenant_id and s.address_hash = v.recipient_hash and s.delivery_id = v.id
), logged as materialized (
    select relance.correct_activity(
        v.tenant_id, v.recipient_id, v.id, v.channel, 'uncertain', v.state,
        jsonb_build_object('automated', v.kind <> 'alert_action', 'provider', v.provider, 'delivery', v.id, 'step', v.step)
            || case v.state when 'failed' then jsonb_build_object('code', v.reason) else '{}' end)
    from moved v
    where v.recipient_type = 'lead'
)
select v.id from moved v where (select count(*) from logged) >= 0
