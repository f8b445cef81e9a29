-- name: post_notices
-- In-app messages have no provider: the notification and the ledger's 'sent' are one commit, exactly once. State, expiry, pause
-- and preferences are read here, as in open_attempts.
with given as (
    select *, 'running' as held
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
        as g (job_id, lease, delivery_id, title, body)
), decided as (
    select
        g.*,
        case
            when d.state <> 'pending' then d.state
            when relance.now() >= d.expires_at then 'missed'
            when i.sending_paused_at is not null or o.sending_paused_at is not null then 'paused'
            when d.recipient_type = 'user' and exists (
                select from notification_preferences p
                where p.tenant_id = d.tenant_id and p.user_id = d.recipient_id and p.kind = d.kind and p.channel = d.channel
                    and not p.is_enabled) then 'preference_off'
            else 'open'
        end as verdict
    from given g
    join relance.jobs j on j.id = g.job_id and j.lease = g.lease and j.state = g.held and j.leased_until > clock_timestamp()
    join relance.deliveries d on d.id = g.delivery_id
    cross join relance.instance i
    left join organization_settings o on o.tenant_id = d.tenant_id
    order by d.id
    for update of d
), sent as (
    update relance.deliveries d
    set state = 'sent', provider = 'in_app', attempts = d.attempts + 1, sent_at = relance.now(),
        settled_at = clock_timestamp(), lateness_s = greatest(0, extract(epoch from relance.now() - d.due_at))::integer
    from decided c
    where d.id = c.delivery_id and c.verdict = 'open'
    returning d.tenant_id, d.kind, d.subject, d.recipient_id, c.title, c.body
), posted as (
    insert into notifications (tenant_id, user_id, kind, title, body, appointment_id, created_at)
    select
        tenant_id, recipient_id, kind, title, body,
        case kind
            when 'reminder' then subject
            when 'no_show' then (
                select m.appointment_id from no_show_marks m where m.tenant_id = sent.tenant_id and m.id = sent.subject::uuid)
        end,
        relance.now()
    from sent
)
select g.job_id, coalesce(c.verdict, 'lost') as verdict, null::double precision as wait_s
from given g
left join decided c on c.job_id = g.job_id
