drop function relance.hold_on_marketing(relance.deliveries, bytea);
drop type relance.hold;
revoke delete on relance.suppressions from relance_ops;
drop function relance.marketing_opening(timestamptz, text, time, time, smallint[], text);
drop function relance.is_holiday(date, text);
drop function relance.easter(integer);
alter table organization_settings
    drop constraint organization_settings_hours, drop constraint organization_settings_days, drop column requires_consent,
    drop column marketing_opens, drop column marketing_closes, drop column marketing_days, drop column holidays,
    drop column marketing_per_day, drop column marketing_per_week, drop column sms_monthly_cap_cents;
alter table leads drop column marketing_consent, drop column marketing_consent_at;
drop table notification_preferences, relance.message_costs, relance.marketing_sends, relance.conversations, whatsapp_templates,
    relance.provider_accounts;
drop function relance.month_of(text);
drop function relance.masked(text);
