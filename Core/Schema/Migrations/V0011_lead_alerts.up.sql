-- Lead alerts (M-06..16, D-30..36): one definition of each rule, for the generator and for ingest, and what the generator needs
-- to look at no more leads than it must.

-- Whether an activity is a contact stands in its row, and in the index with all that the rules ask of it: a lead's history is
-- read without a look at the table.
alter table lead_activities
    add column is_contact boolean not null generated always as (relance.is_contact(direction, status, meta)) stored;
drop index idx_lead_activities_tenant_lead;
create index idx_lead_activities_tenant_lead on lead_activities (tenant_id, lead_id, created_at desc)
    include (direction, channel, is_contact);
-- Reading an index alone needs pages that vacuum has seen.
alter table lead_activities set (autovacuum_vacuum_insert_scale_factor = 0.05);

-- A lead's history says of a message what the ledger does (M-24), also where a report or an operator has changed how it ended: what
-- did not arrive was no contact (D-30). The message has been locked by the caller; in PL/pgSQL, whose statements see what was
-- committed while the caller waited for that.
create function relance.correct_activity(
    tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb)
    returns void
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    -- Of a message that was still on its way nothing has been said.
    if was in ('sent', 'delivered', 'failed', 'skipped', 'uncertain') then
        update lead_activities a
        set status = becomes, meta = a.meta - 'code' || facts
        where a.tenant_id = tenant and a.id = (
            select o.id
            from lead_activities o
            where o.tenant_id = tenant and o.lead_id = lead and o.direction = 'out' and o.meta ->> 'delivery' = delivery::text
                and o.status = case was when 'delivered' then 'sent' when 'skipped' then 'failed' else was end
            order by o.created_at desc
            limit 1);
        if found then return; end if;
    end if;
    insert into lead_activities (tenant_id, lead_id, channel, direction, status, meta, created_at)
    values (tenant, lead, channel, 'out', becomes, facts, relance.now());
end $$;

-- What ages are counted from lies within the calendar, as an appointment does (V0004): an instant beyond it would make the rules
-- fail, and with them the run for all.
alter table lead_activities add constraint lead_activities_calendar check (
    created_at >= '1900-01-01 00:00:00+00' and created_at < '9999-01-01 00:00:00+00');
alter table leads add constraint leads_calendar check (
    created_at >= '1900-01-01 00:00:00+00' and created_at < '9999-01-01 00:00:00+00');

-- Leads come of age without an activity too (D-35).
create index leads_created on leads (created_at);
create index deals_open on deals (tenant_id, lead_id) include (amount_cents)
    where closed_at is null and stage not in ('WON', 'LOST');

alter table alert_thresholds
    -- The team is told of alerts that nobody has dealt with for so long (M-16).
    add column digest_after interval not null default '3 days' check (digest_after > '0' and digest_after <= '10 years');

-- Leads to be looked at: an incremental run's work. Rows are only ever added and taken, never changed, so that no application
-- waits for another one or for the generator. Without a lead it is about all of a tenant's.
create table relance.lead_alert_marks (
    id bigint generated always as identity primary key,
    tenant_id text not null,
    lead_id text
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

-- How far the generator has come. One row.
create table relance.lead_alert_progress (
    is_singleton boolean primary key default true check (is_singleton),
    -- Business time: conditions that time alone brings about have been looked at until here.
    evaluated_at timestamptz not null default now(),
    -- The database's clock: every activity that was created before has been looked at or marked, but for those of transactions
    -- that had not ended then.
    seen_until timestamptz not null default now() - interval '1 hour',
    -- Those transactions, and when each may have begun to write: its activities are looked for when it has ended, once.
    awaited xid8[] not null default '{}',
    awaited_since timestamptz[] not null default '{}' check (cardinality(awaited_since) = cardinality(awaited)),
    -- When the next organisation's day begins, or its nine o'clock comes; looked at every hour at least.
    calendar_at timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into relance.lead_alert_progress default values;
insert into relance.lead_alert_marks (tenant_id) select tenant_id from alert_thresholds;

-- The local day that a tenant's texts were written for: they count days.
create table relance.lead_alert_days (
    tenant_id text primary key,
    local_date date not null
);

-- What an alert was told from: language, channel to act on, how long or how many, and the rule's own words. While these stay, so
-- do its texts, and nothing of it has to be written anew.
alter table max_alerts add column facts text[];

-- What an alert of each type says, and offers to do. %1$s is how long or how many, %2$s to %4$s are the rule's own.
create view relance.alert_words as
select *
from (values
    ('NoContact7d', 'fr', 'Aucun contact depuis %1$s. Lead à risque de perte.', 'Relancer', 'relance_froide'),
    ('NoContact7d', 'en', 'No contact for %1$s. The lead may be lost.', 'Follow up', 'relance_froide'),
    ('NoReply3d', 'fr', 'Pas de réponse depuis %1$s', 'Relancer', 'relance_sans_reponse'),
    ('NoReply3d', 'en', 'No reply for %1$s', 'Follow up', 'relance_sans_reponse'),
    ('StaleLead30d', 'fr', 'Aucune activité depuis %1$s. Lead à reprendre ou à clore.', 'Reprendre contact', 'relance_froide'),
    ('StaleLead30d', 'en', 'No activity for %1$s. Take the lead up again or close it.', 'Get in touch', 'relance_froide'),
    ('HighValueRisk', 'fr', 'Affaire de %2$s sans contact depuis %1$s. À reprendre en priorité.', 'Relancer', 'relance_affaire'),
    ('HighValueRisk', 'en', 'A deal of %2$s without contact for %1$s. Take it up first.', 'Follow up', 'relance_affaire'),
    ('HotLead24h', 'fr', 'Lead très actif : %1$s messages reçus en %2$s h. À traiter en priorité.', 'Répondre maintenant', null),
    ('HotLead24h', 'en', 'A very active lead: %1$s messages within %2$s h. Answer first.', 'Answer now', null),
    ('PreferredChannel', 'fr', 'Ce lead écrit par %2$s (%1$s messages sur %4$s) ; nos deux derniers sont partis par %3$s.',
        'Écrire', 'relance_canal'),
    ('PreferredChannel', 'en', 'This lead writes by %2$s (%1$s messages of %4$s); our last two went by %3$s.',
        'Write', 'relance_canal')
) as w (type, language, message, label, template);

create function relance.alert_severity(type text) returns text
    language sql immutable parallel safe
    as $$
        select case when type in ('NoReply3d', 'StaleLead30d') then 'med' when type = 'PreferredChannel' then 'low' else 'high' end
    $$;

create function relance.alert_language(locale text) returns text
    language sql immutable parallel safe
    as $$ select case when locale ~* '^en($|[-_.])' then 'en' else 'fr' end $$;

create function relance.channel_in_words(channel text, language text) returns text
    language sql immutable parallel safe
    as $$
        select case channel
            when 'whatsapp' then 'WhatsApp'
            when 'email' then 'e-mail'
            when 'sms' then case language when 'en' then 'text message' else 'SMS' end
            when 'call' then case language when 'en' then 'telephone' else 'téléphone' end
            else case language when 'en' then 'other means' else 'un autre moyen' end
        end
    $$;

-- An alert's message and suggested action, from its facts. The action is {label, action, params: {leadId, template}} (M-13); where
-- there is nothing to send, or no way to, the lead is to be opened.
create function relance.alert_texts(type text, lead_id text, facts text[])
    returns table (message text, suggested_action jsonb)
    language sql stable
    as $$
        select
            format(w.message, v.amount, v.value, relance.channel_in_words(facts[5], facts[1]), facts[6]),
            case
                when w.template is null or facts[2] is null then
                    jsonb_build_object('label', w.label, 'action', 'open_lead', 'params', jsonb_build_object('leadId', lead_id))
                else jsonb_build_object(
                    'label',
                    w.label || case facts[1] when 'en' then ' by ' else ' par ' end
                        || relance.channel_in_words(facts[2], facts[1]),
                    'action', case facts[2] when 'call' then 'call' else 'send_' || facts[2] end,
                    'params', jsonb_build_object('leadId', lead_id, 'template', w.template))
            end
        from relance.alert_words w
        cross join lateral (
            select
                case
                    when w.type in ('HotLead24h', 'PreferredChannel') then facts[3]
                    when facts[3]::integer < 1 then case facts[1] when 'en' then 'less than a day' else 'moins d’un jour' end
                    when facts[1] = 'en' then facts[3] || case facts[3] when '1' then ' day' else ' days' end
                    else facts[3] || case facts[3] when '1' then ' jour' else ' jours' end
                end as amount,
                case w.type
                    when 'HighValueRisk' then case facts[1]
                        when 'en' then '€' || to_char(facts[4]::bigint / 100, 'FM999,999,999,999,999,990')
                        else replace(to_char(facts[4]::bigint / 100, 'FM999,999,999,999,999,990'), ',', ' ') || ' €'
                    end
                    when 'PreferredChannel' then relance.channel_in_words(facts[4], facts[1])
                    else facts[4]
                end as value
        ) v
        where w.type = alert_texts.type and w.language = facts[1]
    $$;

-- Leads that no alert is about (D-35); a lead that is not known here is. Whoever is blacklisted is neither, which is asked apart:
-- a function with a query of its own would be called a million times in a full run.
create function relance.is_beyond_alerts(l leads) returns boolean
    language sql stable
    as $$ select coalesce(l.status in ('DISQUALIFIED', 'WON', 'LOST') or l.erased_at is not null, false) $$;

-- The inbound contact by which a lead has become hot: since then there have always been so many within the span, all of them
-- after our last answer. So it stays what it is while older ones leave the span, or an alert that was resolved by hand would come
-- back (D-31). In PL/pgSQL, which keeps the plan of its question.
create function relance.hot_since(tenant text, lead text, enough integer, span interval) returns timestamptz
    language plpgsql stable
    as $$
declare
    since timestamptz;
    earliest timestamptz;
    known integer;
    oldest timestamptz;
begin
    -- The latest hundred contacts decide.
    select
        max(s.created_at) filter (where s.nth > s.created_at - span and s.one_before <= s.created_at - span),
        max(s.created_at) filter (where s.nth > s.created_at - span and s.one_before is null),
        count(*), min(s.created_at)
    into since, earliest, known, oldest
    from (
        select
            r.created_at, lag(r.created_at, enough - 1) over (order by r.created_at) as nth,
            lag(r.created_at, enough) over (order by r.created_at) as one_before
        from (
            select
                l.created_at, l.direction,
                count(*) filter (where l.direction = 'out') over (order by l.created_at desc) as answers
            from (
                select a.created_at, a.direction
                from lead_activities a
                where a.tenant_id = tenant and a.lead_id = lead and a.is_contact
                order by a.created_at desc
                limit 100
            ) l
        ) r
        where r.direction = 'in' and r.answers = 0
    ) s;
    if since is not null then return since; end if;
    -- There may be others before the first of a hundred.
    if known < 100 then return earliest; end if;
    -- It has been hot for longer than was read: since what was found then, or is found now for the first time.
    return coalesce(
        (select max(m.anchor_at)
        from (
            select m.anchor_at from max_alerts m
            where m.tenant_id = tenant and m.lead_id = lead and m.type = 'HotLead24h' and m.resolved_at is null
            union all
            (select m.anchor_at from max_alerts m
            where m.tenant_id = tenant and m.lead_id = lead and m.type = 'HotLead24h' and m.resolved_at is not null
            order by m.anchor_at desc
            limit 1)
        ) m
        where not exists (
            select from lead_activities a
            where a.tenant_id = tenant and a.lead_id = lead and a.is_contact and a.direction = 'out'
                and a.created_at > m.anchor_at)),
        oldest);
end $$;

-- Everything that holds of some leads: the six rules (D-34), from which facts, and which other one keeps it quiet (D-33). At a
-- later instant than now it says what will hold then if nothing happens.
-- A function, because its plan is kept and looks each lead up by its key, however many there are.
create function relance.lead_alert_conditions(tenants text[], lead_ids text[], instant timestamptz default relance.now())
    returns table (tenant_id text, lead_id text, type text, anchor_at timestamptz, muted_by text, facts text[])
    language plpgsql stable set plan_cache_mode = force_generic_plan
    as $$
#variable_conflict use_column
begin
    return query
    select
        f.tenant_id, f.lead_id, c.type, c.anchor_at, c.muted_by,
        array[
            f.language, c.channel,
            coalesce(c.count::text, (f.today - (c.anchor_at at time zone f.timezone)::date)::text), c.two, c.three, c.four]
    from (
        select
            g.tenant_id, g.lead_id, t.*, x.*, d.amount_cents,
            coalesce(greatest(x.last_in_at, x.last_out_at), l.created_at) as last_at,
            l.email <> '' as has_email, l.phone <> '' as has_phone,
            case when l.phone <> '' then 'whatsapp' when l.email <> '' then 'email' end as reachable_by
        from unnest(tenants, lead_ids) as g (tenant_id, lead_id)
        cross join lateral (
            select
                h.no_contact_after, h.no_reply_after, h.stale_after, h.high_value_after, h.hot_lead_inbound, h.hot_lead_within,
                h.preferred_inbound, h.preferred_percent, h.high_value_cents, o.timezone,
                instant - h.hot_lead_within as hot_from, instant - h.preferred_within as preferred_from,
                (instant at time zone o.timezone)::date as today, relance.alert_language(o.locale) as language
            from alert_thresholds h
            join organizations o on o.id = h.tenant_id
            where h.tenant_id = g.tenant_id
        ) t
        left join leads l on l.tenant_id = g.tenant_id and l.id = g.lead_id
        cross join lateral (
            select
                max(a.created_at) filter (where a.direction = 'in') as last_in_at,
                max(a.created_at) filter (where a.direction = 'out') as last_out_at,
                count(*) filter (where a.direction = 'in' and a.created_at > t.hot_from) as hot_in,
                count(*) filter (where a.direction = 'in' and a.created_at > t.preferred_from) as recent_in
            from lead_activities a
            where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id and a.is_contact
        ) x
        left join lateral (
            select max(e.amount_cents) as amount_cents
            from deals e
            where e.tenant_id = g.tenant_id and e.lead_id = g.lead_id and e.closed_at is null and e.stage not in ('WON', 'LOST')
        ) d on true
        where (l.id is null or not relance.is_beyond_alerts(l))
            and not exists (
                select from blacklist_entries b
                where b.tenant_id = g.tenant_id and b.ended_at is null and (b.expires_at is null or b.expires_at > instant)
                    and (b.lead_id = g.lead_id or b.email = relance.normal_email(l.email)
                        or b.phone = relance.normal_phone(l.phone)))
        offset 0
    ) f
    cross join lateral (
        select
            coalesce(f.amount_cents > f.high_value_cents and f.last_at < instant - f.high_value_after, false) as is_at_risk,
            coalesce(f.last_at < instant - f.stale_after, false) as is_stale
        offset 0
    ) s
    cross join lateral (
        select
            'NoContact7d' as type, f.last_at as anchor_at,
            case when s.is_at_risk then 'HighValueRisk' when s.is_stale then 'StaleLead30d' end as muted_by,
            f.reachable_by as channel, null::bigint as count, null as two, null as three, null as four
        where f.last_at < instant - f.no_contact_after
        union all
        select 'NoReply3d', f.last_out_at, case when s.is_at_risk then 'HighValueRisk' end, f.reachable_by, null, null, null, null
        where f.last_out_at < instant - f.no_reply_after and f.last_out_at > coalesce(f.last_in_at, '-infinity')
        union all
        select 'StaleLead30d', f.last_at, null, f.reachable_by, null, null, null, null
        where s.is_stale
        union all
        select 'HighValueRisk', f.last_at, null, f.reachable_by, null, f.amount_cents::text, null, null
        where s.is_at_risk
        union all
        select
            'HotLead24h', h.anchor_at, null, null, h.inbound,
            round(extract(epoch from f.hot_lead_within) / 3600)::integer::text, null, null
        from (
            select count(*) as inbound, relance.hot_since(f.tenant_id, f.lead_id, f.hot_lead_inbound, f.hot_lead_within) as anchor_at
            from lead_activities a
            where a.tenant_id = f.tenant_id and a.lead_id = f.lead_id and a.is_contact and a.direction = 'in'
                and a.created_at > greatest(f.hot_from, f.last_out_at)
        ) h
        where f.hot_in >= f.hot_lead_inbound and h.inbound >= f.hot_lead_inbound and h.anchor_at is not null
        union all
        select
            'PreferredChannel', o.anchor_at, null,
            case when case b.channel when 'email' then f.has_email when 'call' then true else f.has_phone end then b.channel end,
            b.inbound, b.channel, o.channel, f.recent_in::text
        from (
            -- More than half, so only one can be.
            select a.channel, count(*) as inbound
            from lead_activities a
            where a.tenant_id = f.tenant_id and a.lead_id = f.lead_id and a.is_contact and a.direction = 'in'
                and a.created_at > f.preferred_from and f.recent_in >= f.preferred_inbound
            group by a.channel
            having count(*) * 100 >= f.recent_in * f.preferred_percent and a.channel <> 'other'
        ) b
        cross join lateral (
            select max(u.created_at) as anchor_at, min(u.channel) as channel
            from (
                select a.created_at, a.channel
                from lead_activities a
                where a.tenant_id = f.tenant_id and a.lead_id = f.lead_id and a.is_contact and a.direction = 'out'
                order by a.created_at desc
                limit 2
            ) u
            having count(*) = 2 and min(u.channel) = max(u.channel)
        ) o
        where o.channel <> b.channel
    ) c;
end $$;
-- HotLead24h for leads that have just written, by the generator's own rule: what stands in one place is the anchor, the words and
-- the leads that are left alone.
create or replace function relance.raise_hot_leads(tenants text[], leads text[])
    returns table (of_tenant text, of_lead text)
    language plpgsql set plan_cache_mode = force_generic_plan
    as $$
#variable_conflict use_column
begin
    return query
    with hot as materialized (
        select g.tenant_id, g.lead_id, i.inbound, t.hot_lead_inbound, t.hot_lead_within
        from unnest(tenants, leads) as g (tenant_id, lead_id)
        join alert_thresholds t on t.tenant_id = g.tenant_id
        cross join lateral (
            -- Whether there were so many at all, which of hundreds one had: the others are asked no more.
            select count(*) as inbound
            from (
                select
                from lead_activities a
                where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id and a.created_at > relance.now() - t.hot_lead_within
                    and a.direction = 'in' and a.is_contact
                limit t.hot_lead_inbound
            ) w
        ) e
        left join lateral (
            -- Our last answer.
            select a.created_at
            from lead_activities a
            where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id and a.created_at > relance.now() - t.hot_lead_within
                and a.direction = 'out' and a.is_contact
            order by a.created_at desc
            limit 1
        ) o on e.inbound >= t.hot_lead_inbound
        cross join lateral (
            select count(*) as inbound
            from (
                select
                from lead_activities a
                where a.tenant_id = g.tenant_id and a.lead_id = g.lead_id
                    and a.created_at > coalesce(o.created_at, relance.now() - t.hot_lead_within)
                    and a.direction = 'in' and a.is_contact
                limit 100
            ) w
        ) i
        where e.inbound >= t.hot_lead_inbound and i.inbound >= t.hot_lead_inbound
    ), told as materialized (
        select
            h.tenant_id, h.lead_id, w.anchor_at,
            array[
                relance.alert_language(o.locale), null, h.inbound::text,
                round(extract(epoch from h.hot_lead_within) / 3600)::integer::text, null, null] as facts
        from hot h
        join organizations o on o.id = h.tenant_id
        left join leads l on l.tenant_id = h.tenant_id and l.id = h.lead_id
        cross join lateral (
            select relance.hot_since(h.tenant_id, h.lead_id, h.hot_lead_inbound, h.hot_lead_within) as anchor_at
        ) w
        where (l.id is null or not relance.is_beyond_alerts(l)) and w.anchor_at is not null
            and not relance.is_blacklisted(h.tenant_id, h.lead_id, l.email, l.phone)
    ), raised as (
        insert into max_alerts as m (tenant_id, lead_id, type, severity, message, suggested_action, anchor_at, facts)
        select
            h.tenant_id, h.lead_id, 'HotLead24h', relance.alert_severity('HotLead24h'), x.message, x.suggested_action,
            h.anchor_at, h.facts
        from told h
        cross join lateral relance.alert_texts('HotLead24h', h.lead_id, h.facts) x
        where not exists (
            select from max_alerts o
            where o.tenant_id = h.tenant_id and o.lead_id = h.lead_id and o.type = 'HotLead24h'
                and o.anchor_at = h.anchor_at and o.resolved_by = 'user_manual' and o.resolved_at is not null)
        order by h.tenant_id, h.lead_id
        on conflict (tenant_id, lead_id, type) where resolved_at is null do update
        set message = excluded.message, severity = excluded.severity, suggested_action = excluded.suggested_action,
            facts = excluded.facts
        returning m.tenant_id, m.lead_id, m.xmax = 0 as is_new
    )
    select r.tenant_id, r.lead_id from raised r where r.is_new;
end $$;

-- Marks: what an incremental run would not find by the clock. Activities mark their lead only when they come late (backfills,
-- imports) or change after the fact: whoever logs one as it happens pays for a comparison.
create function relance.mark_late_activity() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into relance.lead_alert_marks (tenant_id, lead_id) values (new.tenant_id, new.lead_id);
    return null;
end $$;
-- Five seconds are what lead_alert_progress reckons with.
create trigger mark_late_activity after insert on lead_activities
    for each row when (new.created_at < clock_timestamp() - interval '5 seconds')
    execute function relance.mark_late_activity();

create function relance.mark_changed_activities() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op = 'UPDATE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from new_rows;
    end if;
    insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from old_rows;
    return null;
end $$;
create trigger mark_updated_activities after update on lead_activities
    referencing old table as old_rows new table as new_rows
    for each statement execute function relance.mark_changed_activities();
create trigger mark_deleted_activities after delete on lead_activities
    referencing old table as old_rows
    for each statement execute function relance.mark_changed_activities();

create function relance.mark_changed_leads() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op = 'INSERT' then
        -- Those born now are found by the clock.
        insert into relance.lead_alert_marks (tenant_id, lead_id)
        select tenant_id, id from new_rows where created_at < clock_timestamp() - interval '5 seconds';
    elsif tg_op = 'DELETE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select tenant_id, id from old_rows;
    else
        insert into relance.lead_alert_marks (tenant_id, lead_id)
        select n.tenant_id, n.id
        from new_rows n
        left join old_rows o on o.tenant_id = n.tenant_id and o.id = n.id
        where (n.status, n.erased_at, n.email, n.phone, n.created_at)
            is distinct from (o.status, o.erased_at, o.email, o.phone, o.created_at)
        union
        select o.tenant_id, o.id
        from old_rows o
        where not exists (select from new_rows n where n.tenant_id = o.tenant_id and n.id = o.id);
    end if;
    return null;
end $$;
create trigger mark_new_leads after insert on leads
    referencing new table as new_rows for each statement execute function relance.mark_changed_leads();
create trigger mark_updated_leads after update on leads
    referencing old table as old_rows new table as new_rows
    for each statement execute function relance.mark_changed_leads();
create trigger mark_deleted_leads after delete on leads
    referencing old table as old_rows for each statement execute function relance.mark_changed_leads();

create function relance.mark_leads_of_deals() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op <> 'DELETE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from new_rows;
    end if;
    if tg_op <> 'INSERT' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from old_rows;
    end if;
    return null;
end $$;
create trigger mark_leads_of_new_deals after insert on deals
    referencing new table as new_rows for each statement execute function relance.mark_leads_of_deals();
create trigger mark_leads_of_updated_deals after update on deals
    referencing old table as old_rows new table as new_rows
    for each statement execute function relance.mark_leads_of_deals();
create trigger mark_leads_of_deleted_deals after delete on deals
    referencing old table as old_rows for each statement execute function relance.mark_leads_of_deals();

-- Mail addresses are found as they stand (leads_email), the few that were typed with blanks around them by this. In plain words,
-- not relance.normal_email, which whoever writes a lead would need the right to call.
create index leads_blank_email on leads (tenant_id, lower(btrim(email))) where email <> btrim(email);
-- Entries come off the blacklist by time alone: a run looks for those that have since the last.
create index blacklist_entries_expiry on blacklist_entries (expires_at) where ended_at is null;

-- The leads that an entry of the blacklist is about, in whatever form their addresses were typed; that which it names, known here
-- or not.
create function relance.leads_of_entry(entry blacklist_entries) returns setof text
    language plpgsql stable security definer set search_path = relance, public, pg_temp rows 2
    as $$
begin
    return query
    select entry.lead_id where entry.lead_id is not null
    union
    select l.id from leads l where l.tenant_id = entry.tenant_id and lower(l.email) = entry.email
    union
    select l.id from leads l
    where l.tenant_id = entry.tenant_id and l.email <> btrim(l.email) and lower(btrim(l.email)) = entry.email
    union
    -- By the last digits, which have an index.
    select l.id from leads l
    where l.tenant_id = entry.tenant_id
        and right(regexp_replace(l.phone, '\D', '', 'g'), 7) = right(regexp_replace(entry.phone, '\D', '', 'g'), 7)
        and relance.normal_phone(l.phone) = entry.phone;
end $$;

-- Whoever comes to be on the blacklist, or off it by somebody's hand.
create function relance.mark_blacklisted_leads() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op <> 'DELETE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select new.tenant_id, l from relance.leads_of_entry(new) l;
    end if;
    if tg_op <> 'INSERT' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select old.tenant_id, l from relance.leads_of_entry(old) l;
    end if;
    return null;
end $$;
create trigger mark_blacklisted_leads after insert or update or delete on blacklist_entries
    for each row execute function relance.mark_blacklisted_leads();

-- What concerns all leads of a tenant: its thresholds, its language, its zone.
create function relance.mark_tenant_for_alerts() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into relance.lead_alert_marks (tenant_id) values (new.tenant_id);
    return null;
end $$;
create trigger mark_tenant_on_thresholds after insert or update on alert_thresholds
    for each row execute function relance.mark_tenant_for_alerts();
create trigger mark_tenant_on_language after update of locale, timezone on organizations
    for each row when ((new.locale, new.timezone) is distinct from (old.locale, old.timezone))
    execute function relance.mark_tenant_for_alerts();

revoke execute on function relance.correct_activity(text, text, bigint, text, text, text, jsonb) from public;
grant execute on function relance.correct_activity(text, text, bigint, text, text, text, jsonb)
    to relance_ingest, relance_worker, relance_ops;
revoke execute on function relance.alert_severity(text), relance.alert_language(text), relance.channel_in_words(text, text),
    relance.alert_texts(text, text, text[]), relance.is_beyond_alerts(leads), relance.hot_since(text, text, integer, interval),
    relance.lead_alert_conditions(text[], text[], timestamptz), relance.raise_hot_leads(text[], text[]),
    relance.mark_late_activity(), relance.mark_changed_activities(), relance.mark_changed_leads(), relance.mark_leads_of_deals(),
    relance.mark_tenant_for_alerts(), relance.mark_blacklisted_leads(), relance.leads_of_entry(blacklist_entries) from public;
grant execute on function relance.alert_severity(text), relance.alert_language(text), relance.channel_in_words(text, text),
    relance.alert_texts(text, text, text[]), relance.is_beyond_alerts(leads), relance.hot_since(text, text, integer, interval)
    to relance_ingest, relance_worker, relance_ops;
grant execute on function relance.lead_alert_conditions(text[], text[], timestamptz), relance.leads_of_entry(blacklist_entries)
    to relance_worker, relance_ops;
grant execute on function relance.raise_hot_leads(text[], text[]) to relance_ingest;
grant select on relance.alert_words to relance_ingest, relance_worker, relance_ops;

grant select on relance.lead_alert_marks, relance.lead_alert_progress, relance.lead_alert_days to relance_worker, relance_ops;
grant insert, update, delete on relance.lead_alert_marks to relance_worker;
grant insert, update on relance.lead_alert_days to relance_worker;
grant update on relance.lead_alert_progress to relance_worker;
grant select (is_contact) on lead_activities to relance_worker;
grant select (tenant_id, id, lead_id, amount_cents, stage, closed_at) on deals to relance_worker;
-- An alert that should not have been raised is taken back before anybody can see it.
grant delete on max_alerts to relance_worker;
