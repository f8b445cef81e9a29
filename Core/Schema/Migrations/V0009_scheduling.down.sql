revoke insert on appointments from relance_ingest;
revoke all on calendar_configs, closer_settings, message_templates, relance.announcements,
    relance.appointment_revisions from relance_ingest;
revoke insert on leads from relance_ingest;
revoke update (status) on leads from relance_ingest;
revoke update (status, starts_at, duration_min, closer_id, video, video_url, location, updated_at) on appointments
    from relance_ingest;
revoke select on calls, call_participants from relance_worker;
drop trigger revert_mark_on_status on appointments;
drop trigger revert_mark_on_join on call_participants;
drop trigger complete_appointment on calls;
drop trigger end_call_of_before on appointments;
drop function
    relance.note_rooms(text[], text[], text[], text[], text[], timestamptz[], timestamptz[]),
    relance.schedule(text, text, text, jsonb), relance.call_identity(appointments, text, text),
    relance.start_call(text, text, jsonb), relance.change_appointment(text, text, jsonb), relance.book(text, text, jsonb),
    relance.plan_due_steps(text, text), relance.is_taken(text, text, timestamptz, integer, text), relance.next_statuses(text),
    relance.revert_mark_on_join(), relance.complete_appointment(), relance.end_call_of_before(),
    relance.call_time(appointments), relance.end_call(text, text, timestamptz),
    relance.join_call(text, text, text, text, timestamptz, boolean), relance.open_call(text, text, timestamptz),
    relance.revert_mark_on_status(), relance.mark_no_show(text, text, text, text, text, text, jsonb),
    relance.revert_no_show(text, text, text, text), relance.revert_mark(text, text, integer, text, text),
    relance.settle_blacklist(text, text, text), relance.is_blacklisted(text, text, text, text);
alter table call_participants drop column is_claimed;
drop index calls_open, appointments_listing;
drop table blacklist_entries, no_show_marks;
drop function relance.same_phone(text, text), relance.normal_phone(text), relance.normal_email(text);
alter table organization_settings
    drop column no_show_mode, drop column blacklist_after, drop column blacklist_counts_unknown, drop column blacklist_days;
