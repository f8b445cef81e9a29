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
    constraint max_alerts_resolved check ((resolved_at is null) = (resolved_by is null)),
    -- Digests tell their age.
    constraint max_alerts_calendar check (
        created_at >= '1900-01-01 00:00:00+00' and created_at < '9999-01-01 00:00:00+00')
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

-- When alerts are raised (D-34), for each tenant. Spans end within the calendar: one that no instant can be counted back by would
-- stop the rules of every tenant.
create table alert_thresholds (
    tenant_id text primary key references organizations (id),
    no_contact_after interval not null default '7 days' check (no_contact_after > '0' and no_contact_after <= '10 years'),
    no_reply_after interval not null default '3 days' check (no_reply_after > '0' and no_reply_after <= '10 years'),
    stale_after interval not null default '30 days' check (stale_after > '0' and stale_after <= '10 years'),
    -- A deal strictly above it, without contact for so long.
    high_value_cents bigint not null default 1000000 check (high_value_cents >= 0),
    high_value_after interval not null default '3 days' check (high_value_after > '0' and high_value_after <= '10 years'),
    hot_lead_inbound integer not null default 3 check (hot_lead_inbound between 1 and 50),
    hot_lead_within interval not null default '24 hours' check (hot_lead_within > '0' and hot_lead_within <= '7 days'),
    preferred_inbound integer not null default 3 check (preferred_inbound > 0),
    preferred_within interval not null default '30 days' check (preferred_within > '0' and preferred_within <= '10 years'),
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
-- never reached anybody, as far as is known.
create function relance.is_contact(direction text, status text, meta jsonb) returns boolean
    language sql immutable parallel safe
    return coalesce(meta ->> 'automated' <> 'true', true)
        and (direction = 'in' or coalesce(status, 'sent') not in (
            'failed', 'undelivered', 'bounced', 'rejected', 'error', 'uncertain'));

-- The latest activities of a lead are looked for by every inbound one; the index of the document begins the same.
drop index idx_lead_activities_tenant_lead;
create index idx_lead_activities_tenant_lead on lead_activities (tenant_id, lead_id, created_at desc);

-- What it takes to log activities, as functions: their plans are kept, and planning was half of what a batch cost.

-- HotLead24h for leads that have just written: so many inbound contacts within a day and since our last answer. The anchor is
-- the one that made it so many. An open alert is kept and told anew (D-32); one resolved by hand stays resolved (D-31);
-- leads that are closed or gone are left alone (D-35). The leads come sorted; those that had no such alert come back.
create function relance.raise_hot_leads(tenants text[], leads text[])
    returns table (of_tenant text, of_lead text)
    language plpgsql set plan_cache_mode = force_generic_plan
    as $$
#variable_conflict use_column
begin
    return query
    with hot as materialized (
        select g.tenant_id, g.lead_id, i.inbound, i.anchor_at
        from unnest(tenants, leads) as g (tenant_id, lead_id)
        join alert_thresholds t on t.tenant_id = g.tenant_id
        left join lateral (
            -- Our last answer.
            select a.created_at
            from lead_activities a
            where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id and a.created_at > relance.now() - t.hot_lead_within
                and a.direction = 'out' and relance.is_contact(a.direction, a.status, a.meta)
            order by a.created_at desc
            limit 1
        ) o on true
        cross join lateral (
            select count(*) as inbound, max(w.created_at) filter (where w.place = t.hot_lead_inbound) as anchor_at
            from (
                select a.created_at, row_number() over (order by a.created_at) as place
                from lead_activities a
                where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id
                    and a.created_at > coalesce(o.created_at, relance.now() - t.hot_lead_within)
                    and a.direction = 'in' and relance.is_contact(a.direction, a.status, a.meta)
                order by a.created_at
                limit 100
            ) w
        ) i
        where i.inbound >= t.hot_lead_inbound
    ), raised as (
        insert into max_alerts as m (tenant_id, lead_id, type, severity, message, suggested_action, anchor_at)
        select
            h.tenant_id, h.lead_id, 'HotLead24h', 'high',
            format('Lead très actif : %s messages reçus en 24 h. À traiter en priorité.', h.inbound),
            jsonb_build_object(
                'label', 'Répondre maintenant', 'action', 'open_lead', 'params', jsonb_build_object('leadId', h.lead_id)),
            h.anchor_at
        from hot h
        left join leads l on l.tenant_id = h.tenant_id and l.id = h.lead_id
        where (l.id is null or (l.status not in ('DISQUALIFIED', 'WON', 'LOST') and l.erased_at is null))
            and not exists (
                select from max_alerts o
                where o.tenant_id = h.tenant_id and o.lead_id = h.lead_id and o.type = 'HotLead24h'
                    and o.anchor_at = h.anchor_at and o.resolved_at is not null)
        order by h.tenant_id, h.lead_id
        on conflict (tenant_id, lead_id, type) where resolved_at is null do update
        set message = excluded.message, severity = excluded.severity
        returning m.tenant_id, m.lead_id, m.xmax = 0 as is_new
    )
    select r.tenant_id, r.lead_id from raised r where r.is_new;
end $$;

-- A batch of activities, sorted by tenant and lead, with the alerts whose conditions end with them (D-30) and those that begin.
-- A row for each, in order: when it was written, which type was raised (by the last of a lead's that the lead wrote itself),
-- which types were resolved.
create function relance.log_activities(
    ids uuid[], tenants text[], leads text[], channels text[], directions text[], statuses text[], snippets text[],
    metas jsonb[])
    returns table (logged_at timestamptz, raised text, resolved text)
    language plpgsql set plan_cache_mode = force_generic_plan
    as $$
#variable_conflict use_column
declare
    -- The leads that have written, sorted, and the last place in the batch of each.
    writing_tenants text[];
    writing_leads text[];
    writing_ordinals bigint[];
    instants timestamptz[];
    ended text[];
    begun bigint[];
begin
    select array_agg(w.tenant_id order by w.last), array_agg(w.lead_id order by w.last), array_agg(w.last order by w.last)
    into writing_tenants, writing_leads, writing_ordinals
    from (
        select g.tenant_id, g.lead_id, max(g.ordinal) as last
        from unnest(tenants, leads, directions, statuses, metas) with ordinality
            as g (tenant_id, lead_id, direction, status, meta, ordinal)
        where g.direction = 'in' and relance.is_contact(g.direction, g.status, g.meta)
        group by g.tenant_id, g.lead_id
    ) w;

    -- Inbound activities of one lead take turns until their commit: else two of them, each unseen by the other, would both miss
    -- that the lead has become hot. In the order of the keys, so that batches never wait for each other in a circle.
    perform pg_advisory_xact_lock(k.key)
    from (
        select distinct hashtextextended(w.tenant_id || chr(31) || w.lead_id, 0) as key
        from unnest(writing_tenants, writing_leads) as w (tenant_id, lead_id)
        order by key
    ) k;

    with given as materialized (
        select g.*, relance.is_contact(g.direction, g.status, g.meta) as is_contact
        from unnest(ids, tenants, leads, channels, directions, statuses, snippets, metas) with ordinality
            as g (id, tenant_id, lead_id, channel, direction, status, snippet, meta, ordinal)
    ), logged as (
        insert into lead_activities (id, tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
        select g.id, g.tenant_id, g.lead_id, g.channel, g.direction, g.status, g.snippet, g.meta, clock_timestamp()
        from given g
        returning id, created_at
    ), held as materialized (
        -- Lead by lead through the index, and so locked in the order of the leads.
        select a.*
        from (select distinct tenant_id, lead_id from given where is_contact order by tenant_id, lead_id) g
        cross join lateral (
            select m.tenant_id, m.id, m.lead_id, m.type
            from max_alerts m
            where m.tenant_id = g.tenant_id and m.lead_id = g.lead_id and m.resolved_at is null
                and m.type in ('NoContact7d', 'NoReply3d', 'StaleLead30d', 'HighValueRisk', 'HotLead24h')
            order by m.type
            for update
        ) a
    ), answered as (
        -- Our answer ends a hot lead's wait; what the lead writes does not.
        select distinct on (h.tenant_id, h.id) h.tenant_id, h.id, h.type, g.ordinal, g.direction
        from held h
        join given g on g.tenant_id = h.tenant_id and g.lead_id = h.lead_id and g.is_contact
            and (h.type <> 'HotLead24h' or g.direction = 'out')
        order by h.tenant_id, h.id, g.ordinal
    ), resolved as (
        update max_alerts a
        set resolved_at = relance.now(), resolved_by = case w.direction when 'in' then 'auto:inbound' else 'auto:outbound' end
        from answered w
        where a.tenant_id = w.tenant_id and a.id = w.id
        returning w.ordinal, w.type
    ), named as (
        select ordinal, string_agg(type, ',' order by type) as types from resolved group by ordinal
    )
    select array_agg(l.created_at order by g.ordinal), array_agg(n.types order by g.ordinal)
    into instants, ended
    from given g
    join logged l on l.id = g.id
    left join named n on n.ordinal = g.ordinal;

    if writing_ordinals is not null then
        select array_agg(w.last) into begun
        from relance.raise_hot_leads(writing_tenants, writing_leads) h
        join unnest(writing_tenants, writing_leads, writing_ordinals) as w (tenant_id, lead_id, last)
            on w.tenant_id = h.of_tenant and w.lead_id = h.of_lead;
    end if;

    return query
    select r.logged_at, case when r.ordinal = any (begun) then 'HotLead24h' end, r.resolved
    from unnest(instants, ended) with ordinality as r (logged_at, resolved, ordinal)
    order by r.ordinal;
end $$;

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

-- What providers delivered, as it came (D-40): each event once, an array element by element, with what became of it.
-- Purged after 90 days (D-74).
create table relance.inbound_messages (
    id bigint generated always as identity primary key,
    -- Null while nobody knows whose it is (D-43).
    tenant_id text,
    provider text not null check (provider <> ''),
    -- `default` is the environment's.
    account text not null check (account <> ''),
    -- Per provider and kind of event: what makes it the same event when it comes again.
    event_key text not null check (event_key <> ''),
    kind text not null check (kind in ('status', 'message', 'room', 'billing', 'other')),
    -- The provider's own word.
    type text not null,
    -- Path and query that it was posted to: the query may name the attempt.
    target text not null,
    content_type text,
    body bytea not null,
    received_at timestamptz not null default clock_timestamp(),
    -- Of a message: how its sender became a lead (D-41).
    match text check (match in ('matched', 'ambiguous', 'unmatched')),
    lead_id text,
    -- HMAC of the sender's address, and what operators see of it.
    address_hash bytea,
    masked text,
    outcome text not null check (outcome in (
        'logged', 'unmatched', 'unrouted', 'recorded', 'unknown_message', 'unknown_room', 'queued', 'ignored')),
    -- Since when an operator wants it evaluated anew; ingest takes it within seconds.
    waits_since timestamptz,
    constraint inbound_messages_event unique (provider, account, event_key),
    constraint inbound_messages_match check ((kind = 'message') = (match is not null) or outcome = 'ignored'),
    constraint inbound_messages_lead check (lead_id is null or outcome = 'logged')
);
-- What is purged by age.
create index inbound_messages_received on relance.inbound_messages (received_at);
create index inbound_messages_unmatched on relance.inbound_messages (id) where outcome in ('unmatched', 'unrouted');
create index inbound_messages_waiting on relance.inbound_messages (id) where waits_since is not null;

-- A sender's number finds leads in whatever form the application keeps theirs; compared in full by libphonenumber.
create index leads_phone_digits on leads (tenant_id, right(regexp_replace(phone, '\D', '', 'g'), 7));
create index calls_appointment on calls (tenant_id, appointment_id);

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
-- Whose room it is, and who was in it.
grant select on appointments to relance_ingest;
grant select, insert, update on calls, call_participants to relance_ingest;
grant usage on all sequences in schema relance to relance_ingest;
grant execute on function relance.now(), relance.month_of(text), relance.masked(text), relance.is_contact(text, text, jsonb)
    to relance_ingest;
revoke execute on function relance.is_contact(text, text, jsonb) from public;
grant execute on function relance.is_contact(text, text, jsonb) to relance_ingest, relance_worker, relance_ops;
revoke execute on function relance.raise_hot_leads(text[], text[]),
    relance.log_activities(uuid[], text[], text[], text[], text[], text[], text[], jsonb[]) from public;
grant execute on function relance.raise_hot_leads(text[], text[]),
    relance.log_activities(uuid[], text[], text[], text[], text[], text[], text[], jsonb[]) to relance_ingest;

grant select, insert, update on max_alerts to relance_worker;
grant select on alert_thresholds, active_alerts to relance_worker;
-- All but what was said.
grant select (tenant_id, id, lead_id, channel, direction, status, meta, created_at) on lead_activities to relance_worker;
grant select, update, delete on relance.inbound_messages, relance.idempotency_keys to relance_worker;

grant select on max_alerts, active_alerts, alert_thresholds, relance.api_keys, relance.idempotency_keys, relance.inbound_messages
    to relance_ops;
grant update on max_alerts to relance_ops;
grant update (waits_since) on relance.inbound_messages to relance_ops;
grant insert, update on alert_thresholds, relance.api_keys to relance_ops;
grant usage on all sequences in schema relance to relance_worker, relance_ops;
