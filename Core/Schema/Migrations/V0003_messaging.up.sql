-- The ledger of effects: one row per message that was ever planned, and one per attempt to send it (D-10, D-11).

create table relance.deliveries (
    id bigint generated always as identity primary key,
    tenant_id text not null,
    -- {kind}:{subject}:{revision}:{step}:{channel}:{recipient}; holds for good.
    dedupe_key text not null,
    kind text not null,
    subject text not null,
    revision integer not null default 0,
    step text not null,
    channel text not null check (channel in ('email', 'sms', 'whatsapp', 'in_app')),
    recipient_type text not null check (recipient_type in ('lead', 'user', 'none')),
    recipient_id text not null,
    -- HMAC of the address the message went to; never the address.
    recipient_hash bytea,
    message_class text not null check (message_class in ('transactional', 'marketing')),
    due_at timestamptz not null,
    expires_at timestamptz not null,
    state text not null check (state in (
        'pending', 'sending', 'sent', 'delivered', 'failed', 'skipped', 'missed', 'uncertain', 'cancelled')),
    reason text,
    -- Both rise once a minute while a provider refuses our account.
    attempts integer not null default 0,
    -- Rises only after a definite refusal: part of the provider's idempotency key.
    generation integer not null default 0,
    provider text,
    -- The provider account that the last attempt used; `default` is the environment's.
    account text,
    provider_id text,
    cost_microeuros bigint not null default 0,
    lateness_s integer,
    -- A deferral moves due and expiry alike (D-17); beyond the hard stop the message is skipped.
    hard_stop_at timestamptz,
    deferrals smallint not null default 0,
    deferred_by text,
    -- The furthest that the provider has reported, and its rank: a report never moves it back.
    reported text,
    report_rank smallint not null default 0,
    delivered_at timestamptz,
    read_at timestamptz,
    opened_at timestamptz,
    clicked_at timestamptz,
    trace_id text,
    run_id uuid,
    -- The WhatsApp message that this SMS stands in for (D-93).
    fallback_of bigint,
    planned_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz,
    settled_at timestamptz,
    constraint deliveries_dedupe unique (tenant_id, dedupe_key),
    constraint deliveries_window check (due_at < expires_at or state in ('skipped', 'cancelled')),
    constraint deliveries_settled check ((state in ('pending', 'sending')) = (settled_at is null)),
    constraint deliveries_reason check (reason is not null or state in ('pending', 'sending', 'sent', 'delivered')),
    constraint deliveries_sent check (state not in ('sent', 'delivered') or (sent_at is not null and provider is not null)),
    constraint deliveries_hard_stop check (message_class = 'transactional' or hard_stop_at is not null),
    constraint deliveries_recipient check (recipient_type <> 'none' or state = 'skipped')
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
-- Its predicate holds from planning to the end, so that claiming a send touches no index.
create index deliveries_open on relance.deliveries (expires_at) where settled_at is null;
create index deliveries_settled on relance.deliveries (tenant_id, settled_at) where settled_at is not null;
create index deliveries_subject on relance.deliveries (tenant_id, subject);

-- Written just before bytes leave; closed by the provider's answer, even under a stale lease: it is the only proof.
create table relance.delivery_attempts (
    id uuid primary key,
    tenant_id text not null,
    -- No foreign key: deliveries are never deleted, and its check would cost a third of claiming a send.
    delivery_id bigint not null,
    job_id bigint not null,
    -- Under which the request left last.
    lease bigint not null,
    generation integer not null,
    provider text not null,
    account text not null default 'default',
    cost_microeuros bigint not null default 0,
    -- The month whose budget the cost was reserved from.
    cost_month date,
    idempotency_key text not null,
    -- The request without credentials, for a repeat with the same bytes; purged after 48 h.
    endpoint text,
    content_type text,
    request text,
    opened_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz,
    outcome text check (outcome in ('accepted', 'refused', 'unknown', 'not_sent')),
    code text,
    message text,
    provider_id text,
    -- How often a lost answer was asked for again.
    reconciliations smallint not null default 0,
    constraint delivery_attempts_closed check ((closed_at is null) = (outcome is null))
);
-- At most one attempt of a delivery can be in the open.
create unique index delivery_attempts_open on relance.delivery_attempts (delivery_id) where closed_at is null;
create index delivery_attempts_delivery on relance.delivery_attempts (delivery_id, opened_at);
-- Callbacks of the others name the attempt.
create index delivery_attempts_provider_id on relance.delivery_attempts (provider_id) where provider = 'green_api';
create index delivery_attempts_purge on relance.delivery_attempts (opened_at) where request is not null;
alter table relance.delivery_attempts alter column request set compression lz4;

-- Addresses that must not be written to, keyed by HMAC under ADDRESS_HASH_KEY (D-16).
create table relance.suppressions (
    tenant_id text not null,
    channel text not null check (channel in ('email', 'sms', 'whatsapp')),
    address_hash bytea not null,
    scope text not null check (scope in ('marketing', 'all')),
    reason text not null,
    -- What operators see of the address.
    masked text,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, channel, address_hash, scope)
);

-- A message's job that dies without the deliverer's word (quarantined as poison, discarded by hand) takes its delivery
-- along: no silent end (I4). With an attempt in the open nobody knows whether it was sent.
create function relance.end_delivery_of_dead_job() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
declare
    ended text;
begin
    update relance.deliveries
    set state = case state when 'sending' then 'uncertain' else 'failed' end, reason = new.reason,
        settled_at = clock_timestamp()
    where tenant_id = new.tenant_id and state in ('pending', 'sending')
        and id = case when new.args ->> 'delivery' ~ '^[0-9]{1,18}$' then (new.args ->> 'delivery')::bigint end
    returning state into ended;
    if ended is null then return null; end if;
    update relance.delivery_attempts
    set closed_at = clock_timestamp(), outcome = 'unknown', code = new.reason
    where delivery_id = (new.args ->> 'delivery')::bigint and closed_at is null;
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    values (
        'messages_dead:' || new.tenant_id, new.tenant_id, 'messages_dead', 'critical',
        'messages ended because their jobs died: relance jobs list --state dead',
        jsonb_build_object('last_job', new.id, 'reason', new.reason))
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail;
    return null;
end $$;
create trigger end_delivery_of_dead_job after insert on relance.dead_jobs
    for each row when (new.kind like 'message.%') execute function relance.end_delivery_of_dead_job();
