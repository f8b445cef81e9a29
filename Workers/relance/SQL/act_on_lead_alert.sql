-- name: act_on_lead_alert
-- Puts the message into the ledger, with its job: marketing (D-17), so reminder-sender asks consent, opt-outs, hours and caps when
-- it claims the send. At most one for each alert and channel that is on its way, has left or may have left; one that came to
-- nothing can be sent anew, under the next revision. Runs while show_lead_alert holds the alert. Returns the message either way.
with standing as (
    select d.id
    from relance.deliveries d
    where d.tenant_id = $1 and d.kind = 'alert_action' and d.subject = $2 and d.channel = $4
        and d.state not in ('skipped', 'cancelled', 'missed', 'failed')
    order by d.id desc
    limit 1
), next as (
    -- Counted over all channels: a message that falls back to another keeps its revision.
    select coalesce(max(d.revision) + 1, 0) as revision
    from relance.deliveries d
    where d.tenant_id = $1 and d.kind = 'alert_action' and d.subject = $2
), written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class, due_at,
        expires_at, hard_stop_at, state, trace_id)
    select
        $1, 'alert_action:' || $2::text || ':' || n.revision || ':' || $3::text || ':' || $4::text || ':lead:' || $5::text,
        'alert_action', $2, n.revision, $3, $4, 'lead', $5, 'marketing', relance.now(), relance.now() + interval '3 days',
        relance.now() + interval '7 days', 'pending', replace(gen_random_uuid()::text, '-', '')
    from next n
    where not exists (select from standing)
    on conflict (tenant_id, dedupe_key) do nothing
    returning id, tenant_id, dedupe_key, channel, expires_at, trace_id
), enqueued as (
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        w.tenant_id, 'message.' || w.channel, 'messages', 'available', 2, relance.now(), w.expires_at, w.dedupe_key,
        jsonb_build_object('delivery', w.id), w.trace_id
    from written w
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
)
select id, true as is_new from written
union all
select id, false from standing
