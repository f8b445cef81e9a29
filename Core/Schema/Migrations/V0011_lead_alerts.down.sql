revoke delete on max_alerts from relance_worker;
revoke select (tenant_id, id, lead_id, amount_cents, stage, closed_at) on deals from relance_worker;
drop trigger mark_blacklisted_leads on blacklist_entries;
drop trigger mark_tenant_on_language on organizations;
drop trigger mark_tenant_on_thresholds on alert_thresholds;
drop trigger mark_leads_of_new_deals on deals;
drop trigger mark_leads_of_updated_deals on deals;
drop trigger mark_leads_of_deleted_deals on deals;
drop trigger mark_new_leads on leads;
drop trigger mark_updated_leads on leads;
drop trigger mark_deleted_leads on leads;
drop trigger mark_late_activity on lead_activities;
drop trigger mark_updated_activities on lead_activities;
drop trigger mark_deleted_activities on lead_activities;
drop function relance.mark_late_activity(), relance.mark_changed_activities(), relance.mark_changed_leads(),
    relance.mark_leads_of_deals(), relance.mark_tenant_for_alerts(), relance.mark_blacklisted_leads(),
    relance.leads_of_entry(blacklist_entries);

create or replace function relance.raise_hot_leads(tenants text[], leads text[])
    returns table (of_tenant text, of_lead text)
    language plpgsql set plan_cache_mode = force_generic_plan
    as $$
#variable_conflict use_column
begin
    return query
    with hot as materialized (
        select g.tenant_id, g.lead_id, i.inbound, i.anchor_at
        from unnest(tenants, leads) as g (tenant_id, lead_id)
        join alert_thresholds t on t.tenant_id = g.tenant_id
        left join lateral (
            -- Our last answer.
            select a.created_at
            from lead_activities a
            where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id and a.created_at > relance.now() - t.hot_lead_within
                and a.direction = 'out' and relance.is_contact(a.direction, a.status, a.meta)
            order by a.created_at desc
            limit 1
        ) o on true
        cross join lateral (
            select count(*) as inbound, max(w.created_at) filter (where w.place = t.hot_lead_inbound) as anchor_at
            from (
                select a.created_at, row_number() over (order by a.created_at) as place
                from lead_activities a
                where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id
                    and a.created_at > coalesce(o.created_at, relance.now() - t.hot_lead_within)
                    and a.direction = 'in' and relance.is_contact(a.direction, a.status, a.meta)
                order by a.created_at
                limit 100
            ) w
        ) i
        where i.inbound >= t.hot_lead_inbound
    ), raised as (
        insert into max_alerts as m (tenant_id, lead_id, type, severity, message, suggested_action, anchor_at)
        select
            h.tenant_id, h.lead_id, 'HotLead24h', 'high',
            format('Lead très actif : %s messages reçus en 24 h. À traiter en priorité.', h.inbound),
            jsonb_build_object(
                'label', 'Répondre maintenant', 'action', 'open_lead', 'params', jsonb_build_object('leadId', h.lead_id)),
            h.anchor_at
        from hot h
        left join leads l on l.tenant_id = h.tenant_id and l.id = h.lead_id
        where (l.id is null or (l.status not in ('DISQUALIFIED', 'WON', 'LOST') and l.erased_at is null))
            and not exists (
                select from max_alerts o
                where o.tenant_id = h.tenant_id and o.lead_id = h.lead_id and o.type = 'HotLead24h'
                    and o.anchor_at = h.anchor_at and o.resolved_at is not null)
        order by h.tenant_id, h.lead_id
        on conflict (tenant_id, lead_id, type) where resolved_at is null do update
        set message = excluded.message, severity = excluded.severity
        returning m.tenant_id, m.lead_id, m.xmax = 0 as is_new
    )
    select r.tenant_id, r.lead_id from raised r where r.is_new;
end $$;

drop function relance.lead_alert_conditions(text[], text[], timestamptz), relance.hot_since(text, text, integer, interval),
    relance.is_beyond_alerts(leads), relance.alert_texts(text, text, text[]), relance.alert_severity(text),
    relance.alert_language(text), relance.channel_in_words(text, text);
drop view relance.alert_words;
alter table max_alerts drop column facts;
drop table relance.lead_alert_marks, relance.lead_alert_progress, relance.lead_alert_days;
alter table alert_thresholds drop column digest_after;
drop index blacklist_entries_expiry, leads_blank_email, deals_open, leads_created, idx_lead_activities_tenant_lead;
drop function relance.correct_activity(text, text, bigint, text, text, text, jsonb);
alter table leads drop constraint leads_calendar;
alter table lead_activities drop constraint lead_activities_calendar;
alter table lead_activities reset (autovacuum_vacuum_insert_scale_factor);
alter table lead_activities drop column is_contact;
create index idx_lead_activities_tenant_lead on lead_activities (tenant_id, lead_id, created_at desc);
