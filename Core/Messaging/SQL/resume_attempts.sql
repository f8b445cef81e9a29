-- name: resume_attempts
-- Claims the repetition of requests whose answers were lost. A lost request may never have arrived, so a repetition is a send:
-- it is asked for what a first one is, but for the caps, which its own claim has passed. Runs after recall_sends and the
-- eligibility rules.
with given as (
    select *, 'running' as held_state
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[]) as g (job_id, lease, delivery_id, attempt_id)
), held as (
    update relance.jobs j
    set has_begun = true, leased_until = clock_timestamp() + make_interval(secs => $5::double precision)
    from given g
    where j.id = g.job_id and j.lease = g.lease and j.state = g.held_state and j.leased_until > clock_timestamp()
    returning j.id
), decided as (
    select
        g.job_id, d.id,
        case
            when d.state <> 'pending' then 'unwanted'
            when relance.now() >= d.expires_at then 'missed'
            when i.sending_paused_at is not null or o.sending_paused_at is not null then 'paused'
            when exists (
                select from relance.suppressions s
                where s.tenant_id = d.tenant_id and s.channel = d.channel and s.address_hash = d.recipient_hash
                    and (s.scope = 'all' or d.message_class = 'marketing')) then 'suppressed'
            when d.recipient_type = 'user' and exists (
                select from notification_preferences p
                where p.tenant_id = d.tenant_id and p.user_id = d.recipient_id and p.kind = d.kind and p.channel = d.channel
                    and not p.is_enabled) then 'preference_off'
            when (m.hold).reason = 'no_consent' then 'no_consent'
            -- By night it waits.
            when (m.hold).reason is not null then 'paused'
            else 'open'
        end as verdict
    from given g
    join held h on h.id = g.job_id
    join relance.delivery_attempts a on a.id = g.attempt_id and a.delivery_id = g.delivery_id and a.closed_at is null
    join relance.deliveries d on d.id = g.delivery_id
    cross join relance.instance i
    left join organization_settings o on o.tenant_id = d.tenant_id
    cross join lateral (
        select case when d.message_class = 'marketing' then relance.hold_on_marketing(d, d.recipient_hash) end as hold offset 0
    ) m
), taken_over as (
    -- From here on a refusal of the first request no longer speaks for the attempt.
    update relance.delivery_attempts a
    set lease = g.lease
    from given g
    join decided c on c.job_id = g.job_id
    where a.id = g.attempt_id and c.verdict = 'open'
), restored as (
    -- Also where the claim is lost: the attempt is still in the open.
    update relance.deliveries d
    set state = 'sending', reason = null, settled_at = null
    from given g
    join relance.delivery_attempts a on a.id = g.attempt_id and a.delivery_id = g.delivery_id and a.closed_at is null
    where d.id = g.delivery_id and d.state in ('pending', 'cancelled', 'skipped')
)
select g.job_id, coalesce(c.verdict, 'lost') as verdict, null::double precision as wait_s
from given g
left join decided c on c.job_id = g.job_id
