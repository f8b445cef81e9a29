-- The engine: who we are, business time, queue, leader leases, ticks, runs, alerts, audit.

create schema relance;

-- One row. `environment` is the gate for --now and failpoints (D-91): 'development' is set by hand, never by a program.
create table relance.instance (
    is_singleton boolean primary key default true check (is_singleton),
    -- Names this database in a Redis that it may share with others.
    id uuid not null default gen_random_uuid(),
    environment text not null default 'production' check (environment in ('production', 'staging', 'development')),
    sending_paused_at timestamptz,
    sending_paused_reason text,
    installed_at timestamptz not null default clock_timestamp()
);
insert into relance.instance default values;

-- Business time: what decides due-ness. Leases and time-outs use clock_timestamp().
create function relance.now() returns timestamptz
    language sql stable parallel safe
    as $$ select coalesce(nullif(current_setting('relance.now', true), '')::timestamptz, now()) $$;

-- Sets business time for the current transaction; only a development instance may.
create function relance.travel_to(instant timestamptz) returns void
    language plpgsql
    as $$
begin
    if (select environment from relance.instance) <> 'development' then
        raise exception 'business time can be set on a development instance only'
            using errcode = 'RL001';
    end if;
    perform set_config('relance.now', instant::text, true);
end $$;

-- Ever-growing number of a claim: the fence of every write about a job (D-80).
create sequence relance.lease_number;

-- The hot table: live jobs only. Finished rows move to job_history or dead_jobs.
create table relance.jobs (
    id bigint generated always as identity primary key,
    tenant_id text not null,
    kind text not null check (kind <> ''),
    queue text not null check (queue <> ''),
    state text not null check (state in ('scheduled', 'available', 'running', 'retryable')),
    priority smallint not null default 2 check (priority between 0 and 9),
    run_at timestamptz not null,
    expires_at timestamptz not null default 'infinity',
    dedupe_key text,
    args jsonb not null default '{}' check (jsonb_typeof(args) = 'object'),
    attempts smallint not null default 0 check (attempts >= 0),
    max_attempts smallint not null default 8 check (max_attempts > 0),
    crashes smallint not null default 0 check (crashes >= 0),
    -- Was running when its process died: runs alone until it has finished or failed in an orderly way (D-82).
    is_suspect boolean not null default false,
    -- Its effect on the outside has begun: after a crash it is reconciled, never performed again (D-11).
    has_begun boolean not null default false,
    lease bigint,
    leased_until timestamptz,
    leased_by text,
    errors jsonb not null default '[]',
    trace_id text,
    created_at timestamptz not null default clock_timestamp(),
    constraint jobs_leased_while_running check (
        (state = 'running') = (lease is not null)
        and (lease is null) = (leased_until is null)
        and (lease is null) = (leased_by is null))
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 1
);
-- What may be claimed now, in claiming order. Paused queues, future and suspect rows are not looked at.
create index jobs_claimable on relance.jobs (kind, priority, expires_at, id) where state = 'available' and not is_suspect;
create index jobs_suspect on relance.jobs (kind, id) where state = 'available' and is_suspect;
create index jobs_waiting on relance.jobs (run_at) where state in ('scheduled', 'retryable');
create index jobs_leased on relance.jobs (leased_until) where state = 'running';
-- A job's dedupe holds while it is live (D-85).
create unique index jobs_live_dedupe on relance.jobs (tenant_id, kind, dedupe_key) where dedupe_key is not null;

-- Finished jobs; partitions are dropped by retention.
create table relance.job_history (
    id bigint not null,
    tenant_id text not null,
    kind text not null,
    queue text not null,
    state text not null check (state in ('completed', 'cancelled')),
    reason text,
    attempts smallint not null,
    args jsonb not null,
    dedupe_key text,
    lease bigint not null,
    leased_by text not null,
    errors jsonb not null,
    trace_id text,
    run_at timestamptz not null,
    created_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
) partition by range (finished_at);
create index job_history_id on relance.job_history (id);
create table relance.job_history_default partition of relance.job_history default;

-- Creates the monthly partitions for this month and the next two. Safe to repeat.
create function relance.extend_job_history() returns void
    language plpgsql security definer set search_path = relance, pg_temp
    as $$
declare
    month timestamptz;
    partition text;
begin
    for ahead in 0..2 loop
        month := date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC' + make_interval(months => ahead);
        partition := 'job_history_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass('relance.' || partition) is null
            and not exists (
                select from relance.job_history_default
                where finished_at >= month and finished_at < month + interval '1 month')
        then
            execute format(
                'create table relance.%I partition of relance.job_history for values from (%L) to (%L)',
                partition, month, month + interval '1 month');
        end if;
    end loop;
end $$;
select relance.extend_job_history();

-- Discarded jobs with their whole story, until an operator redrives or purges them.
create table relance.dead_jobs (
    id bigint primary key,
    tenant_id text not null,
    kind text not null,
    queue text not null,
    priority smallint not null,
    reason text not null,
    attempts smallint not null,
    max_attempts smallint not null,
    crashes smallint not null,
    args jsonb not null,
    dedupe_key text,
    expires_at timestamptz not null,
    lease bigint not null,
    leased_by text not null,
    errors jsonb not null,
    trace_id text,
    run_at timestamptz not null,
    created_at timestamptz not null,
    died_at timestamptz not null default clock_timestamp()
);
create index dead_jobs_died on relance.dead_jobs (died_at, id);

create table relance.queue_controls (
    queue text primary key,
    paused_at timestamptz not null default clock_timestamp(),
    paused_by text not null,
    reason text
);

-- One row per program: the leader's lease. `epoch` rises with every change of holder and fences its writes (D-81).
create table relance.leases (
    name text primary key,
    epoch bigint not null default 0,
    holder text not null default '',
    acquired_at timestamptz not null default '-infinity',
    expires_at timestamptz not null default '-infinity'
) with (fillfactor = 50);

-- Calendar slots that have been done (09:00, Monday, nightly), inserted with the work itself (D-08).
create table relance.schedule_ticks (
    schedule text not null,
    scope text not null,
    scheduled_for timestamptz not null,
    run_id uuid,
    done_at timestamptz not null default clock_timestamp(),
    primary key (schedule, scope, scheduled_for)
);

create table relance.runs (
    id uuid primary key,
    program text not null,
    status text not null check (status in ('running', 'completed', 'failed', 'interrupted')),
    role text not null default 'undecided' check (role in ('undecided', 'leader', 'follower')),
    is_degraded boolean not null default false,
    epoch bigint,
    host text not null,
    holder text not null,
    business_now timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    exit_code smallint,
    counts jsonb not null default '{}',
    error text,
    constraint runs_finished check ((status = 'running') = (finished_at is null)),
    constraint runs_leader_has_epoch check (role <> 'leader' or epoch is not null)
);
create index runs_started on relance.runs (program, started_at desc);

-- What operators must know. One open row per fingerprint; repeats count up.
create table relance.system_alerts (
    id bigint generated always as identity primary key,
    fingerprint text not null,
    tenant_id text,
    kind text not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    message text not null,
    detail jsonb not null default '{}',
    occurrences integer not null default 1,
    first_at timestamptz not null default clock_timestamp(),
    last_at timestamptz not null default clock_timestamp(),
    resolved_at timestamptz
);
create unique index system_alerts_open on relance.system_alerts (fingerprint) where resolved_at is null;

-- Who did what by hand.
create table relance.operator_actions (
    id bigint generated always as identity primary key,
    operator text not null,
    action text not null,
    target text not null,
    reason text,
    detail jsonb not null default '{}',
    done_at timestamptz not null default clock_timestamp()
);
