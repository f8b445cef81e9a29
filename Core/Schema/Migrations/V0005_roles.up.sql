-- Least privilege: what logs in owns nothing. Roles belong to the cluster, so they may exist already.
-- Time-outs are set on the roles because PgBouncer in transaction mode passes no session settings (D-85, D-86).
do $$
declare
    role text;
begin
    foreach role in array array['relance_worker', 'relance_ingest', 'relance_ops'] loop
        begin
            if not exists (select from pg_roles where rolname = role) then
                execute format('create role %I login', role);
            end if;
            execute format('alter role %I set statement_timeout = ''60s''', role);
            -- Whoever posts to ingest waits for an answer, and others behind them.
            execute format('alter role %I set lock_timeout = %L', role, case role when 'relance_ingest' then '1s' else '5s' end);
            execute format('alter role %I set idle_in_transaction_session_timeout = ''10s''', role);
            execute format('alter role %I set timezone = ''UTC''', role);
            execute format('alter role %I set search_path = public', role);
            -- Statements here run for milliseconds; compiling one that was thought dear takes hundreds.
            execute format('alter role %I set jit = off', role);
        exception
            -- Two databases of one cluster migrated at once: the other one did it.
            when duplicate_object or unique_violation then null;
            when others then
                if sqlerrm not like 'tuple concurrently updated%' then raise; end if;
        end;
    end loop;
end $$;

-- relance_ingest gets its rights with the tables that it writes.
grant usage on schema relance, public to relance_worker, relance_ops;

-- Workers: what they read, each table by name; nothing is deleted but queue rows and pointers.
grant select on relance.instance, relance.jobs, relance.queue_controls, relance.leases, relance.schedule_ticks, relance.runs,
    relance.system_alerts, relance.deliveries, relance.delivery_attempts, relance.suppressions, relance.appointment_due,
    relance.appointment_revisions, relance.announcements, relance.appointment_steps, relance.open_steps to relance_worker;
grant select on relance_migrations, organizations, organization_settings, users, closer_settings, leads, appointments,
    reminder_steps, notifications to relance_worker;
grant insert, update, delete on relance.jobs, relance.appointment_due to relance_worker;
grant insert, update on relance.leases, relance.runs, relance.system_alerts, relance.deliveries, relance.delivery_attempts
    to relance_worker;
grant insert on relance.job_history, relance.dead_jobs, relance.schedule_ticks, relance.suppressions to relance_worker;
grant insert on notifications, lead_activities to relance_worker;

-- Operators: they see everything, and mend what the product documents let them mend.
grant select on all tables in schema relance, public to relance_ops;
grant insert, update, delete on relance.jobs, relance.appointment_due, relance.dead_jobs, relance.queue_controls to relance_ops;
grant insert, update on relance.leases, relance.runs, relance.system_alerts, relance.deliveries, relance.delivery_attempts
    to relance_ops;
grant insert on relance.job_history, relance.schedule_ticks, relance.suppressions, relance.operator_actions to relance_ops;
grant update on relance.instance to relance_ops;
grant insert, update on organizations, organization_settings, calendar_configs, reminder_steps, users, closer_settings,
    leads, appointments to relance_ops;

grant usage on all sequences in schema relance to relance_worker, relance_ops;

-- Functions are everybody's by default. The check of time zones stays so: it runs with the rights of whatever application
-- writes the row.
revoke execute on all functions in schema relance from public;
grant execute on function relance.is_time_zone(text) to public;
grant execute on function relance.now(), relance.travel_to(timestamptz), relance.extend_job_history()
    to relance_worker, relance_ops;
