-- name: lock_uncertain
-- How messages stand that an operator settles, while nobody else can change them. Locked as answers and reports lock them,
-- attempts before deliveries: one of both is first, and the other sees what it did.
with given as (
    select distinct id from unnest($1::bigint[]) as g (id)
), attempts as materialized (
    select a.id
    from relance.delivery_attempts a
    where a.delivery_id in (select id from given) and (a.closed_at is null or a.outcome = 'unknown')
    order by a.id
    for update
), held as materialized (
    select d.*
    from relance.deliveries d
    where d.id in (select id from given) and (select count(*) from attempts) >= 0
    order by d.id
    for update
)
select
    g.id, h.tenant_id, h.state, h.reason, h.channel, h.step, h.subject, h.provider, h.reported,
    coalesce(h.expires_at <= relance.now(), false) as is_expired
from given g
left join held h on h.id = g.id
order by g.id
