revoke all on notifications, form_abandons, form_submissions, relance.dead_jobs from relance_ingest;
revoke update (email, phone, locale, timezone, marketing_consent, marketing_consent_at) on leads from relance_ingest;
revoke update (read_at, deleted_at) on notifications from relance_ingest;
revoke select (id, tenant_id, kind, queue, reason, attempts, max_attempts, run_at, created_at, died_at) on relance.dead_jobs
    from relance_ingest;
drop function relance.retry_job(text, bigint, text, text);
drop index relance.dead_jobs_tenant;
drop table monitoring_metrics, events;
drop index notifications_unread;
drop index notifications_of_user;
alter table notifications drop column deleted_at;
create index notifications_of_user on notifications (tenant_id, user_id, created_at desc, id);
drop index form_abandons_session, form_abandons_person, form_abandons_phone;
alter table form_abandons
    drop constraint form_abandons_ended, drop constraint form_abandons_submitted, drop constraint form_abandons_recovered,
    drop column locale, drop column timezone, drop column name, drop column marketing_consent, drop column mailed_at,
    drop column ended_at, drop column ended_reason, drop column submission_id, drop column recovered_at, drop column updated_at;
drop index form_submissions_session, form_submissions_email, form_submissions_phone, form_submissions_lead;
alter table form_submissions
    drop column session_id, drop column email, drop column phone, drop column locale, drop column marketing_consent,
    drop column abandon_id, drop column is_recovery;
