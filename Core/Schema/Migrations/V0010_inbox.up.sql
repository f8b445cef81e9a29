-- What ingest takes in besides activities: forms and their abandons (K-13, K-14, K-30), analytics events (L-06), metrics of
-- services (L-01), what users do with their notifications, and jobs that administrators retry (K-34).

-- Who submitted, as it was told then: an abandon is over when its session, address or number has submitted (D-51).
alter table form_submissions
    add column session_id text,
    -- In lower case.
    add column email text,
    -- E.164.
    add column phone text,
    add column locale text,
    add column marketing_consent text not null default 'unknown'
        check (marketing_consent in ('unknown', 'granted', 'denied')),
    -- The abandon that it completes; the first of them where there are several.
    add column abandon_id text,
    -- It came by a resume link, or within a week of a recovery mail (K-14, D-52).
    add column is_recovery boolean not null default false;
create index form_submissions_session on form_submissions (tenant_id, form_id, session_id) where session_id is not null;
create index form_submissions_email on form_submissions (tenant_id, lower(email), created_at desc) where email is not null;
create index form_submissions_phone on form_submissions (tenant_id, phone, created_at desc) where phone is not null;
create index form_submissions_lead on form_submissions (tenant_id, lead_id, created_at desc) where lead_id is not null;

-- A row is a visit that was broken off; it ends once, with its reason.
alter table form_abandons
    add column locale text,
    add column timezone text check (relance.is_time_zone(timezone)),
    add column name text,
    add column marketing_consent text not null default 'unknown'
        check (marketing_consent in ('unknown', 'granted', 'denied')),
    -- When the first recovery mail of its sequence went out; written by whoever sends it.
    add column mailed_at timestamptz,
    add column ended_at timestamptz,
    -- `submitted`, or what else stops a sequence (D-51).
    add column ended_reason text check (ended_reason <> ''),
    -- The submission that ended it.
    add column submission_id text,
    -- When that submission was brought about by recovery.
    add column recovered_at timestamptz,
    add column updated_at timestamptz not null default now(),
    add constraint form_abandons_ended check ((ended_at is null) = (ended_reason is null)),
    add constraint form_abandons_submitted check ((submission_id is not null) = (ended_reason is not distinct from 'submitted')),
    add constraint form_abandons_recovered check (recovered_at is null or submission_id is not null);
-- One row for each visit; the newest activity wins.
create unique index form_abandons_session on form_abandons (tenant_id, form_id, session_id);
-- All of a person's visits, those that have ended too: the newest supersedes, mails are spaced over all of them, and what was
-- written about within a week may be recovered yet (D-50..52).
create index form_abandons_person on form_abandons (tenant_id, lower(email), last_activity_at desc, id desc)
    where email is not null;
create index form_abandons_phone on form_abandons (tenant_id, phone) where phone is not null;

-- A notification that its user has removed stays, so that it is not planned again.
alter table notifications add column deleted_at timestamptz;
drop index notifications_of_user;
create index notifications_of_user on notifications (tenant_id, user_id, created_at desc, id) where deleted_at is null;
create index notifications_unread on notifications (tenant_id, user_id, created_at desc, id)
    where deleted_at is null and read_at is null;

-- As Luneo's document gives it [249-259], with the tenant in its key (D-76).
create table events (
    tenant_id text not null references organizations (id),
    id uuid not null default gen_random_uuid(),
    user_id text,
    event_type text not null check (event_type <> ''),
    service text,
    metadata jsonb,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete set null (user_id)
);
create index idx_events_type_created on events (tenant_id, event_type, created_at desc);
create index idx_events_user on events (tenant_id, user_id, created_at desc);

-- L-01, with the columns of that document's MonitoringMetric.
create table monitoring_metrics (
    tenant_id text not null references organizations (id),
    id bigint generated always as identity,
    service text not null check (service <> ''),
    metric text not null check (metric <> ''),
    value double precision not null check (value > '-Infinity' and value < 'Infinity'),
    timestamp timestamptz not null default now(),
    metadata jsonb,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index monitoring_metrics_series on monitoring_metrics (tenant_id, service, metric, timestamp desc);

-- A tenant's administrators look at its dead jobs only.
create index dead_jobs_tenant on relance.dead_jobs (tenant_id, id);

-- Lets a tenant's job run now, or brings a dead one back, by the rules of `relance jobs retry`: what may have happened is never
-- done twice (D-11). Definer, since ingest itself may change no job. `outcome` is what was done (advanced, redriven), that
-- nothing was to do (available), or why it may not be; `state` is the job's or, for `message`, its message's.
create function relance.retry_job(of_tenant text, job bigint, caller text, because text)
    returns table (outcome text, state text, detail text)
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
declare
    found_job record;
    message record;
begin
    -- One look after the other, each with what was committed before it: a job that is being settled is found where it went.
    select j.state, j.args, j.expires_at, null::text as reason into found_job
    from relance.jobs j where j.tenant_id = of_tenant and j.id = job for update;
    if not found then
        select 'dead' as state, d.args, d.expires_at, d.reason into found_job
        from relance.dead_jobs d where d.tenant_id = of_tenant and d.id = job for update;
    end if;
    if not found then
        return query
            select 'finished', h.state, h.reason from relance.job_history h where h.tenant_id = of_tenant and h.id = job limit 1;
        if not found then return query select 'unknown', null::text, null::text; end if;
        return;
    end if;
    if found_job.state in ('running', 'available') then
        return query select found_job.state, found_job.state, null::text;
        return;
    end if;
    select d.id, d.state, d.expires_at <= relance.now() as is_expired into message
    from relance.deliveries d
    where d.tenant_id = of_tenant and d.id = (found_job.args ->> 'delivery')::bigint for update;
    if found_job.expires_at <= relance.now() or (found_job.state = 'dead' and message.is_expired) then
        return query select 'expired', found_job.state, null::text;
        return;
    end if;
    if found_job.state <> 'dead' then
        update relance.jobs j set state = 'available', run_at = least(j.run_at, relance.now()) where j.id = job;
    else
        if message.state not in ('pending', 'failed') then
            return query select 'message', message.state, message.id::text;
            return;
        end if;
        insert into relance.jobs (
            id, tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, max_attempts, is_suspect, errors,
            trace_id, created_at)
        overriding system value
        select
            d.id, d.tenant_id, d.kind, d.queue, 'available', d.priority, relance.now(), d.expires_at, d.dedupe_key, d.args,
            d.max_attempts, d.reason = 'poison',
            d.errors || jsonb_build_object('at', clock_timestamp(), 'by', caller, 'error', 'retried by an operator'),
            d.trace_id, d.created_at
        from relance.dead_jobs d
        where d.tenant_id = of_tenant and d.id = job
        on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing;
        if not found then
            return query select 'replaced', 'dead', null::text;
            return;
        end if;
        delete from relance.dead_jobs d where d.id = job;
        if message.state = 'failed' then
            update relance.deliveries d
            set state = 'pending', reason = null, settled_at = null, sent_at = null, lateness_s = null, reported = null,
                report_rank = 0, delivered_at = null, read_at = null, opened_at = null, clicked_at = null,
                generation = greatest(d.generation, (
                    select coalesce(max(a.generation) + 1, 0) from relance.delivery_attempts a where a.delivery_id = d.id))
            where d.id = message.id;
        end if;
    end if;
    insert into relance.operator_actions (operator, action, target, reason, detail)
    values (caller, 'jobs retry', 'job:' || job, because, jsonb_build_object(
        'tenant', of_tenant, 'state', found_job.state, 'was', found_job.reason, 'delivery', message.id));
    return query select case found_job.state when 'dead' then 'redriven' else 'advanced' end, 'available', null::text;
end $$;
revoke execute on function relance.retry_job(text, bigint, text, text) from public;
grant execute on function relance.retry_job(text, bigint, text, text) to relance_ingest;

grant select, insert on form_submissions, events, monitoring_metrics to relance_ingest;
-- What a form tells of a lead that is known already.
grant update (email, phone, locale, timezone, marketing_consent, marketing_consent_at) on leads to relance_ingest;
grant select, insert, update on form_abandons to relance_ingest;
grant select, update (read_at, deleted_at) on notifications to relance_ingest;
-- Not what they are about.
grant select (id, tenant_id, kind, queue, reason, attempts, max_attempts, run_at, created_at, died_at) on relance.dead_jobs
    to relance_ingest;
grant select on events, monitoring_metrics to relance_ops;
