drop table lead_activities, notifications, call_participants, calls, deals, calendar_configs, appointments,
    form_abandons, form_submissions, leads, forms, closer_settings, users, organization_settings, organizations;
drop function relance.is_time_zone(text);
