drop trigger fall_back_to_sms on relance.deliveries;
drop function relance.fall_back_to_sms();
drop trigger configure_organization on organizations;
drop trigger mark_on_closer_settings on closer_settings;
drop trigger mark_on_staff on users;
drop trigger mark_on_hiring on users;
drop trigger activate_sms_on_update on organization_settings;
drop trigger activate_sms_on_insert on organization_settings;
drop trigger mark_changed_appointments on appointments;
drop trigger mark_new_appointments on appointments;
drop trigger arm_appointment on appointments;
drop view relance.open_steps;
drop view relance.appointment_steps;
drop view relance.announcements;
drop table relance.appointment_due, relance.appointment_revisions, reminder_steps;
alter table relance.deliveries drop column said_revision;
drop function relance.configure_organization(), relance.mark_on_closer_settings(), relance.mark_on_staff(),
    relance.mark_on_configuration(), relance.activate_reminder_step(), relance.activate_sms(),
    relance.mark_appointments_ahead(text, text, boolean),
    relance.mark_changed_appointments(), relance.mark_new_appointments(), relance.arm_appointment();
alter table appointments drop constraint appointments_calendar;
