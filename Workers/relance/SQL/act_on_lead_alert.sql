-- name: act_on_lead_alert
-- Puts the message into the ledger, once for each alert and channel, with its job: marketing (D-17), so reminder-sender asks consent,
-- opt-outs, hours and caps when it claims the send. No row: it is there already.
with written as (
    insert into relance.deliveries (
        tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, message_class, due_at, expires_at,
        hard_stop_at, state, trace_id)
    values (
        $1, 'alert_action:' || $2::text || ':0:' || $3::text || ':' || $4::text || ':lead:' || $5::text, 'alert_action', $2, $3,
        $4, 'lead', $5, 'marketing', relance.now(), relance.now() + interval '3 days', relance.now() + interval '7 days', 'pending',
        replace(gen_random_uuid()::text, '-', ''))
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
select id from written
