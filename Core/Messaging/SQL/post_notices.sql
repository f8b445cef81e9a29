-- name: post_notices
-- In-app messages have no provider: the notification and the ledger's 'sent' are one commit, exactly once.
with given as (
    select *
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
        as g (job_id, lease, delivery_id, title, body)
), sent as (
    update relance.deliveries d
    set state = case when relance.now() >= d.expires_at then 'missed' else 'sent' end,
        reason = case when relance.now() >= d.expires_at then 'expired_before_sending' end,
        provider = 'in_app', attempts = d.attempts + 1, sent_at = relance.now(), settled_at = clock_timestamp(),
        lateness_s = greatest(0, extract(epoch from relance.now() - d.due_at))::integer
    from given g
    join relance.jobs j on j.id = g.job_id and j.lease = g.lease and j.state = 'running'
    where d.id = g.delivery_id and d.state = 'pending'
    returning d.id, d.tenant_id, d.kind, d.subject, d.recipient_id, d.state, g.title, g.body
)
insert into notifications (tenant_id, user_id, kind, title, body, appointment_id, created_at)
select tenant_id, recipient_id, kind, title, body, case kind when 'reminder' then subject end, relance.now()
from sent
where state = 'sent'
