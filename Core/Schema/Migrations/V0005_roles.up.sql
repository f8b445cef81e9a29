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
            execute format('alter role %I set lock_timeout = ''5s''', role);
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

grant usage on schema relance, public to relance_worker, relance_ingest, relance_ops;

grant select on all tables in schema relance, public to relance_worker, relance_ops;
grant insert, update, delete on relance.jobs, relance.appointment_due to relance_worker, relance_ops;
grant insert on relance.job_history to relance_worker, relance_ops;
grant insert, update, delete on relance.dead_jobs to relance_worker, relance_ops;
grant insert, update on relance.leases, relance.runs, relance.system_alerts, relance.deliveries,
    relance.delivery_attempts to relance_worker, relance_ops;
grant insert on relance.schedule_ticks, relance.suppressions to relance_worker, relance_ops;
grant insert on notifications, lead_activities to relance_worker;

grant insert, update, delete on relance.queue_controls to relance_ops;
grant update on relance.instance to relance_ops;
grant insert on relance.operator_actions to relance_ops;
grant insert, update on organizations, organization_settings, calendar_configs, reminder_steps, users, closer_settings,
    leads, appointments to relance_ops;

grant usage on all sequences in schema relance to relance_worker, relance_ops;
grant execute on all functions in schema relance to relance_worker, relance_ingest, relance_ops;
