-- What ingest writes: alerts (M-02..04, D-30..36), keys of callers (D-47), idempotency keys (D-45), raw inbound (D-40).

-- As the M.A.X. document gives it [75-98], with the tenant in its key (D-76), all six types (D-34), and what D-31 needs.
create table max_alerts (
    id uuid not null default gen_random_uuid(),
    tenant_id text not null default 'macrea',
    lead_id text not null,
    type text not null check (type in (
        'NoContact7d', 'NoReply3d', 'PreferredChannel', 'HotLead24h', 'StaleLead30d', 'HighValueRisk')),
    severity text not null check (severity in ('low', 'med', 'high')),
    message text not null,
    suggested_action jsonb,
    created_at timestamptz not null default now(),
    resolved_at timestamptz default null,
    resolved_by text default null,
    -- The activity that defines the condition: after a manual resolve there is no new alert for the same one (D-31).
    anchor_at timestamptz not null default now(),
    -- What was said at a manual resolve, and who said it.
    resolved_reason text check (length(resolved_reason) <= 500),
    resolved_actor text,
    primary key (tenant_id, id),
    constraint max_alerts_resolved check ((resolved_at is null) = (resolved_by is null))
);
create unique index idx_max_alerts_unique_active on max_alerts (tenant_id, lead_id, type) where resolved_at is null;
-- The order of the list; with type and severity it is all that the counts need (an expression alone Postgres does not read
-- back out of an index).
create index max_alerts_listing on max_alerts (
    tenant_id, (case severity when 'high' then 1 when 'med' then 2 else 3 end), created_at desc, id desc)
    include (type, severity)
    where resolved_at is null;
create index max_alerts_anchor on max_alerts (tenant_id, lead_id, type, anchor_at) where resolved_at is not null;

create view active_alerts as
select * from max_alerts
where resolved_at is null
order by case severity when 'high' then 1 when 'med' then 2 when 'low' then 3 end, created_at desc;

-- When alerts are raised (D-34), for each tenant.
create table alert_thresholds (
    tenant_id text primary key references organizations (id),
    no_contact_after interval not null default '7 days' check (no_contact_after > '0'),
    no_reply_after interval not null default '3 days' check (no_reply_after > '0'),
    stale_after interval not null default '30 days' check (stale_after > '0'),
    -- A deal strictly above it, without contact for so long.
    high_value_cents bigint not null default 1000000 check (high_value_cents >= 0),
    high_value_after interval not null default '3 days' check (high_value_after > '0'),
    hot_lead_inbound integer not null default 3 check (hot_lead_inbound between 1 and 50),
    hot_lead_within interval not null default '24 hours' check (hot_lead_within > '0' and hot_lead_within <= '7 days'),
    preferred_inbound integer not null default 3 check (preferred_inbound > 0),
    preferred_within interval not null default '30 days' check (preferred_within > '0'),
    preferred_percent integer not null default 70 check (preferred_percent between 51 and 100)
);
insert into alert_thresholds (tenant_id) select id from organizations;

create function relance.add_alert_thresholds() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into alert_thresholds (tenant_id) values (new.id) on conflict do nothing;
    return null;
end $$;
create trigger add_alert_thresholds after insert on organizations
    for each row execute function relance.add_alert_thresholds();
revoke execute on function relance.add_alert_thresholds() from public;

-- Whether an activity is a contact with the lead, which alerts count (D-30): not what the fleet sends by itself, and not what
-- never reached anybody.
create function relance.is_contact(direction text, status text, meta jsonb) returns boolean
    language sql immutable parallel safe
    as $$
        select coalesce(meta ->> 'automated' <> 'true', true)
            and (direction = 'in' or coalesce(status, 'sent') not in ('failed', 'undelivered', 'bounced', 'rejected', 'error'))
    $$;

-- The latest activities of a lead are looked for by every inbound one; the index of the document begins the same.
drop index idx_lead_activities_tenant_lead;
create index idx_lead_activities_tenant_lead on lead_activities (tenant_id, lead_id, created_at desc);

-- Keys of callers: only their hash is kept.
create table relance.api_keys (
    tenant_id text not null references organizations (id),
    id uuid not null default gen_random_uuid(),
    kind text not null check (kind in ('server', 'publishable')),
    name text not null check (name <> '' and length(name) <= 200),
    key_hash bytea not null check (octet_length(key_hash) = 32),
    -- The last characters, by which people tell keys apart.
    hint text not null check (length(hint) <= 8),
    scopes text[] not null check (scopes <@ array['ingest', 'read', 'admin', 'public'] and cardinality(scopes) > 0),
    -- Web origins that a publishable key may be used from.
    origins text[] not null default '{}',
    -- Requests a minute; null for the kind's own limit (D-44).
    per_minute integer check (per_minute > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by text not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, id),
    constraint api_keys_hash unique (tenant_id, key_hash),
    -- What anybody can read in a web page's source may do only what anybody may.
    constraint api_keys_publishable check (
        (kind = 'publishable') = (scopes = array['public']) and (kind = 'publishable') = (cardinality(origins) > 0))
);

-- Answers by Idempotency-Key (D-45), written with what they answer; purged after a day.
create table relance.idempotency_keys (
    tenant_id text not null,
    key text not null check (length(key) <= 255),
    -- Of the route and the body.
    request_hash bytea not null,
    status smallint,
    content_type text,
    answer bytea,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, key)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
create index idempotency_keys_created on relance.idempotency_keys (created_at);

-- What providers delivered, as it came (D-40): each event once, whatever became of it. Purged after 90 days (D-74).
create table relance.inbound_messages (
    id bigint generated always as identity primary key,
    -- Null while nobody knows whose it is (D-43).
    tenant_id text,
    provider text not null check (provider <> ''),
    account text not null,
    -- Per provider and kind of event: what makes it the same event when it comes again.
    event_key text not null check (event_key <> ''),
    kind text not null,
    content_type text,
    body bytea not null,
    received_at timestamptz not null default clock_timestamp(),
    -- How the sender became a lead (D-41); null where there is none to find.
    match text check (match in ('matched', 'ambiguous', 'unmatched')),
    lead_id text,
    -- HMAC of the sender's address, for a later match.
    address_hash bytea,
    processed_at timestamptz,
    outcome text,
    constraint inbound_messages_event unique (provider, account, event_key)
);
create index inbound_messages_received on relance.inbound_messages (received_at);
create index inbound_messages_unmatched on relance.inbound_messages (tenant_id, received_at) where match = 'unmatched';
create index inbound_messages_waiting on relance.inbound_messages (received_at) where processed_at is null;

grant usage on schema relance, public to relance_ingest;
grant select on relance_migrations, relance.instance, organizations, organization_settings, users, leads, forms, alert_thresholds,
    relance.api_keys, relance.provider_accounts to relance_ingest;
grant select, insert on lead_activities, relance.job_history to relance_ingest;
grant select, insert, update on max_alerts, relance.inbound_messages, relance.conversations, relance.system_alerts
    to relance_ingest;
grant select, insert, update, delete on relance.idempotency_keys, relance.suppressions to relance_ingest;
grant select, update on relance.deliveries, relance.delivery_attempts, relance.message_costs to relance_ingest;
grant select, insert on relance.marketing_sends to relance_ingest;
grant select, insert on relance.jobs to relance_ingest;
grant select on relance.runs, relance.queue_controls to relance_ingest;
grant usage on all sequences in schema relance to relance_ingest;
grant execute on function relance.now(), relance.month_of(text), relance.masked(text), relance.is_contact(text, text, jsonb)
    to relance_ingest;
revoke execute on function relance.is_contact(text, text, jsonb) from public;
grant execute on function relance.is_contact(text, text, jsonb) to relance_ingest, relance_worker, relance_ops;

grant select, insert, update on max_alerts to relance_worker;
grant select on alert_thresholds, active_alerts to relance_worker;
-- All but what was said.
grant select (tenant_id, id, lead_id, channel, direction, status, meta, created_at) on lead_activities to relance_worker;
grant select, update, delete on relance.inbound_messages, relance.idempotency_keys to relance_worker;

grant select on max_alerts, active_alerts, alert_thresholds, relance.api_keys, relance.idempotency_keys, relance.inbound_messages
    to relance_ops;
grant update on max_alerts, relance.inbound_messages to relance_ops;
grant insert, update on alert_thresholds, relance.api_keys to relance_ops;
grant usage on all sequences in schema relance to relance_worker, relance_ops;
