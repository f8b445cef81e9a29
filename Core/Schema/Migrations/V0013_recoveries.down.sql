drop trigger add_recovery_settings on organizations;
drop trigger follow_recovery on relance.deliveries;
drop trigger mark_new_abandons on form_abandons;
drop trigger mark_changed_abandons on form_abandons;
-- Why a marketing message may not go out now, and when it may (null is never); null where it may go now.
create or replace function relance.hold_on_marketing(d relance.deliveries, address bytea) returns relance.hold
    language plpgsql stable
    as $$
declare
    setting organization_settings;
    organization organizations;
    lead leads;
    zone text;
    opening timestamptz;
    capped timestamptz;
begin
    select * into organization from organizations where id = d.tenant_id;
    select * into setting from organization_settings where tenant_id = d.tenant_id;
    if d.recipient_type = 'lead' then
        select * into lead from leads where tenant_id = d.tenant_id and id = d.recipient_id;
        if lead.marketing_consent = 'denied' or (setting.requires_consent and lead.marketing_consent is distinct from 'granted') then
            return ('no_consent', null)::relance.hold;
        end if;
        zone := lead.timezone;
    elsif d.recipient_type = 'user' then
        select timezone into zone from users where tenant_id = d.tenant_id and id = d.recipient_id;
    end if;
    -- The instant at which the window of each cap will have room again. A message is not held up by its own claim.
    select max(leaves) into capped
    from (
        select s.claimed_at + w.span as leaves
        from (values (setting.marketing_per_day, interval '24 hours'), (setting.marketing_per_week, interval '7 days'))
            as w (cap, span)
        cross join lateral (
            select claimed_at from relance.marketing_sends
            where tenant_id = d.tenant_id and address_hash = address and delivery_id <> d.id
                and claimed_at > relance.now() - w.span
            order by claimed_at desc offset w.cap - 1 limit 1
        ) s
        where w.cap is not null
    ) windows;
    opening := relance.marketing_opening(
        greatest(relance.now(), capped), coalesce(zone, organization.timezone), coalesce(setting.marketing_opens, '09:00'),
        coalesce(setting.marketing_closes, '20:00'), coalesce(setting.marketing_days, '{1,2,3,4,5,6}'),
        coalesce(setting.holidays, case organization.region when 'FR' then 'FR' else 'none' end));
    if opening is null or opening > relance.now() then
        return (case when capped is null then 'quiet_hours' else 'frequency_cap' end, opening)::relance.hold;
    end if;
    return null;
end $$;
drop function relance.look_at_recoveries(text[], text[], text[]);
drop view relance.open_recoveries;
drop view relance.recoveries, relance.recovery_weeks, relance.recovery_schedule;
drop table recovery_rates, recovery_settings, relance.abandon_due;
drop function relance.recovery_quiet_until(text, text, bigint), relance.is_held_out(text, text, smallint);
drop function relance.mark_abandons(), relance.mark_changed_abandons(), relance.follow_recovery(), relance.activate_recovery(),
    relance.mark_on_recovery_settings(), relance.add_recovery_settings();
revoke select, update on form_abandons from relance_worker;
revoke select on forms from relance_worker;
-- A visitor's messages have no place in the table as it was; what was planned of them is over.
update relance.deliveries set recipient_type = 'lead' where recipient_type = 'visitor';
alter table relance.deliveries
    drop constraint deliveries_recipient_type_check,
    add constraint deliveries_recipient_type_check check (recipient_type in ('lead', 'user', 'none'));
drop index form_abandons_sequence, deals_won;
alter table form_abandons drop constraint form_abandons_drawn, drop column sequence_at, drop column is_held_out;
alter table forms drop column slug;
