-- name: open_attempts
-- Claims the sends (D-11): under the job's lease, renewed here so that it outlasts the request, with state, expiry, pause and
-- suppressions read in this same transaction and the delivery locked. Bytes leave only for the rows that come back as 'open';
-- nothing else is changed for the others.
with given as (
    select *, 'running' as held_state
    from unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[]
    ) as g (job_id, lease, delivery_id, attempt_id, provider, idempotency_key, endpoint, content_type, request, address_hash)
), held as (
    update relance.jobs j
    set has_begun = true, leased_until = clock_timestamp() + make_interval(secs => $11::double precision)
    from given g
    where j.id = g.job_id and j.lease = g.lease and j.state = g.held_state and j.leased_until > clock_timestamp()
    returning j.id
), decided as (
    select
        g.*, d.tenant_id, d.generation,
        case
            when d.state <> 'pending' then d.state
            when relance.now() >= d.expires_at then 'missed'
            when i.sending_paused_at is not null or o.sending_paused_at is not null then 'paused'
            when exists (
                select from relance.suppressions s
                where s.tenant_id = d.tenant_id and s.channel = d.channel and s.address_hash = decode(g.address_hash, 'hex')
                    and (s.scope = 'all' or d.message_class = 'marketing')) then 'suppressed'
            else 'open'
        end as verdict
    from given g
    join held h on h.id = g.job_id
    join relance.deliveries d on d.id = g.delivery_id
    cross join relance.instance i
    left join organization_settings o on o.tenant_id = d.tenant_id
    order by d.id
    -- Whoever changed the delivery meanwhile has finished: the verdict is about the row as it is.
    for update of d
), opened as (
    insert into relance.delivery_attempts (
        id, tenant_id, delivery_id, job_id, lease, generation, provider, idempotency_key, endpoint, content_type, request)
    select
        attempt_id, tenant_id, delivery_id, job_id, lease, generation, provider, idempotency_key, endpoint, content_type,
        request
    from decided
    where verdict = 'open'
    on conflict (delivery_id) where closed_at is null do nothing
    returning delivery_id
), moved as (
    update relance.deliveries d
    set state = 'sending', attempts = d.attempts + 1, provider = c.provider, recipient_hash = decode(c.address_hash, 'hex')
    from decided c
    join opened o on o.delivery_id = c.delivery_id
    where d.id = c.delivery_id
)
select
    g.job_id,
    case
        when c.verdict is null then 'lost'
        when c.verdict = 'open' and not exists (select from opened o where o.delivery_id = g.delivery_id) then 'lost'
        else c.verdict
    end as verdict
from given g
left join decided c on c.job_id = g.job_id
