-- name: summarize_deliveries
-- Per organisation and step: what became of the messages, through which channels they went, why others did not, and the
-- worst lateness of those that were sent.
with counted as materialized (
    select tenant_id, step, channel, state, reason, count(*) as count, max(lateness_s) as worst_s, min(due_at) as first_due_at
    from relance.deliveries
    where ($1::text is null or tenant_id = $1) and ($2::timestamptz is null or due_at >= $2)
    group by tenant_id, step, channel, state, reason
), by_channel as (
    select tenant_id, step, string_agg(channel || ' ' || count, ', ' order by count desc, channel) as channels
    from (
        select tenant_id, step, channel, sum(count) as count
        from counted where state in ('sent', 'delivered')
        group by tenant_id, step, channel
    ) c
    group by tenant_id, step
), by_reason as (
    select tenant_id, step, string_agg(reason || ' ' || count, ', ' order by count desc, reason) as reasons
    from (
        select tenant_id, step, reason, sum(count) as count
        from counted where state in ('skipped', 'cancelled', 'missed', 'failed', 'uncertain')
        group by tenant_id, step, reason
    ) c
    group by tenant_id, step
)
select
    c.tenant_id, c.step,
    coalesce(sum(count) filter (where state in ('sent', 'delivered')), 0)::bigint as sent,
    coalesce(sum(count) filter (where state = 'skipped'), 0)::bigint as skipped,
    coalesce(sum(count) filter (where state = 'missed'), 0)::bigint as missed,
    coalesce(sum(count) filter (where state = 'failed'), 0)::bigint as failed,
    coalesce(sum(count) filter (where state = 'uncertain'), 0)::bigint as uncertain,
    coalesce(sum(count) filter (where state = 'cancelled'), 0)::bigint as cancelled,
    coalesce(sum(count) filter (where state in ('pending', 'sending')), 0)::bigint as open,
    max(worst_s) filter (where state in ('sent', 'delivered'))::bigint as worst_lateness_s,
    b.channels, r.reasons
from counted c
left join by_channel b on b.tenant_id = c.tenant_id and b.step = c.step
left join by_reason r on r.tenant_id = c.tenant_id and r.step = c.step
group by c.tenant_id, c.step, b.channels, r.reasons
-- In the order in which the steps of an appointment come.
order by c.tenant_id, coalesce(array_position(array['T+0', 'T+10', 'J-1', 'H-1', 'T-0', 'moved', 'cancelled'], c.step), 99), c.step
