drop trigger configure_no_shows on organizations;
drop trigger point_on_time_zone on organizations;
drop trigger point_on_chief on users;
drop trigger point_on_hired_chief on users;
drop trigger point_at_mark on no_show_marks;
drop trigger point_at_new_mark on no_show_marks;
drop trigger point_at_detection_of_changed on appointments;
drop trigger point_at_detection_of_new on appointments;
drop function relance.decide_no_show(text, uuid, boolean, text, text),
    relance.detect_no_shows(text, bigint, text[], text[], jsonb), relance.no_show_counts(text, timestamptz, timestamptz);
drop view relance.no_show_rate_slots, relance.open_no_show_messages, relance.no_show_messages, relance.no_show_looks;
drop table no_show_steps, relance.no_show_rate_due, relance.no_show_due;
drop function relance.configure_no_shows_of_new(), relance.configure_no_shows(text), relance.point_on_chiefs(),
    relance.point_on_time_zone(), relance.point_on_no_show_step(), relance.point_at_no_shows_ahead(text, text),
    relance.activate_no_show_step(), relance.point_at_mark(), relance.point_at_detection();
