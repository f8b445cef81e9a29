-- What lets a message out besides its own kind's rule: accounts, consent, hours, holidays, caps and preferences
-- (D-13, D-14, D-16, D-17, D-43, L-16).

-- What operators see of an address.
create function relance.masked(address text) returns text
    language sql immutable strict parallel safe
    as $$
        select case
            when position('@' in address) > 0 then left(address, 1) || '•••@' || split_part(address, '@', 2)
            else left(address, 3) || '•••' || right(address, 4)
        end
    $$;

-- Accounts of tenants that do not send by the environment's own. The secret stands in the environment (or in its file) under
-- the name that secret_ref gives; the prefix keeps a row from naming any other secret.
create table relance.provider_accounts (
    tenant_id text not null,
    channel text not null check (channel in ('email', 'sms', 'whatsapp')),
    provider text not null check (provider in ('resend', 'sendgrid', 'smtp', 'twilio', 'green_api')),
    -- Twilio: AC…; Green API: the instance; mail: a name of the operator's.
    account text not null check (account <> '' and account <> 'default'),
    -- Number, messaging service or mail address; Green API: the instance's own number.
    sender text not null check (sender <> ''),
    secret_ref text not null check (secret_ref ~ '^ACCOUNT_[A-Z0-9_]{1,60}$'),
    -- Order of preference within the channel.
    priority smallint not null default 0,
    is_enabled boolean not null default true,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, channel, provider, account)
);
create index provider_accounts_sender on relance.provider_accounts (channel, provider, sender);

-- WhatsApp's approved templates (D-14): name is message and language, as closer_booked.fr.
create table whatsapp_templates (
    tenant_id text not null references organizations (id),
    name text not null check (name ~ '^[a-z_0-9]{1,60}[.][a-z]{2}$'),
    content_sid text not null check (content_sid ~ '^HX[0-9a-fA-F]{32}$'),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, name)
);

-- Who wrote to whom last, by number: WhatsApp's 24 hours (D-14), and whose an answer on a shared sender is (D-43).
create table relance.conversations (
    tenant_id text not null,
    channel text not null check (channel in ('sms', 'whatsapp')),
    address_hash bytea not null,
    account text not null,
    last_outbound_at timestamptz,
    last_inbound_at timestamptz,
    primary key (tenant_id, channel, address_hash, account)
) with (fillfactor = 80);
create index conversations_address on relance.conversations (channel, address_hash, account);

-- Marketing that was claimed, for frequency caps; a refusal takes its row out again.
create table relance.marketing_sends (
    tenant_id text not null,
    address_hash bytea not null,
    delivery_id bigint not null,
    claimed_at timestamptz not null,
    primary key (tenant_id, address_hash, delivery_id)
);

-- What each month's messages cost, reserved when a send is claimed, given back when it is refused (K-25, D-13).
create table relance.message_costs (
    tenant_id text not null,
    channel text not null,
    -- The first day, by the organisation's calendar.
    month date not null,
    microeuros bigint not null default 0,
    primary key (tenant_id, channel, month)
);

-- The month that business time falls in, by the organisation's calendar.
create function relance.month_of(tenant text) returns date
    language sql stable strict
    as $$
        select date_trunc('month', relance.now() at time zone o.timezone)::date from organizations o where o.id = tenant
    $$;

-- What a user does not want to hear of, by kind of message and channel (L-16).
create table notification_preferences (
    tenant_id text not null,
    user_id text not null,
    kind text not null,
    channel text not null check (channel in ('email', 'sms', 'whatsapp', 'in_app')),
    is_enabled boolean not null,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, user_id, kind, channel),
    foreign key (tenant_id, user_id) references users (tenant_id, id)
);

alter table leads
    add column marketing_consent text not null default 'unknown'
        check (marketing_consent in ('unknown', 'granted', 'denied')),
    add column marketing_consent_at timestamptz;

alter table organization_settings
    -- Without it, marketing goes to whoever has not said no.
    add column requires_consent boolean not null default false,
    add column marketing_opens time not null default '09:00',
    add column marketing_closes time not null default '20:00',
    -- ISO: 1 is Monday.
    add column marketing_days smallint[] not null default '{1,2,3,4,5,6}',
    -- Null follows the organisation's region.
    add column holidays text check (holidays in ('none', 'FR', 'FR-ALSACE-MOSELLE')),
    -- Per address; null is without bound.
    add column marketing_per_day integer default 2 check (marketing_per_day > 0),
    add column marketing_per_week integer default 5 check (marketing_per_week > 0),
    -- Null is without bound (D-13).
    add column sms_monthly_cap_cents bigint check (sms_monthly_cap_cents >= 0),
    add constraint organization_settings_hours check (marketing_opens < marketing_closes),
    add constraint organization_settings_days check (
        cardinality(marketing_days) > 0 and marketing_days <@ '{1,2,3,4,5,6,7}'::smallint[]);

-- Easter Sunday of a Gregorian year (Meeus, Astronomical Algorithms, chapter 8).
create function relance.easter(year integer) returns date
    language plpgsql immutable strict parallel safe
    as $$
declare
    golden integer := year % 19;
    century integer := year / 100;
    rest integer := year % 100;
    epact integer := (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    weekday integer := (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    correction integer := (golden + 11 * epact + 22 * weekday) / 451;
    ordinal integer := epact + weekday - 7 * correction + 114;
begin
    return make_date(year, ordinal / 31, ordinal % 31 + 1);
end $$;

-- French public holidays (Code du travail L3133-1; Alsace-Moselle: L3134-13).
create function relance.is_holiday(day date, calendar text) returns boolean
    language sql immutable strict parallel safe
    as $$
        select calendar in ('FR', 'FR-ALSACE-MOSELLE') and (
            to_char(day, 'MM-DD') in ('01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25')
            or day - relance.easter(extract(year from day)::integer) in (1, 39, 50)
            or (calendar = 'FR-ALSACE-MOSELLE' and (
                to_char(day, 'MM-DD') = '12-26' or day - relance.easter(extract(year from day)::integer) = -2)))
    $$;

-- The first instant not before `instant` at which marketing may reach somebody in a zone; null when there is none in a year.
create function relance.marketing_opening(
    instant timestamptz, zone text, opens time, closes time, days smallint[], calendar text
) returns timestamptz
    language plpgsql stable
    as $$
declare
    today date := (instant at time zone zone)::date;
    day date;
    opening timestamptz;
begin
    for ahead in 0..366 loop
        day := today + ahead;
        continue when extract(isodow from day)::smallint <> all (days) or relance.is_holiday(day, calendar);
        -- A wall clock that daylight saving skips is read as the next one that exists.
        opening := greatest(instant, (day + opens) at time zone zone);
        if opening < (day + closes) at time zone zone then return opening; end if;
    end loop;
    return null;
end $$;

create type relance.hold as (reason text, until timestamptz);

-- Why a marketing message may not go out now, and when it may (null is never); null where it may go now.
create function relance.hold_on_marketing(d relance.deliveries, address bytea) returns relance.hold
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

grant select on relance.provider_accounts, whatsapp_templates, notification_preferences, relance.conversations,
    relance.marketing_sends, relance.message_costs to relance_worker;
grant insert, update on relance.conversations, relance.message_costs to relance_worker;
grant insert, delete on relance.marketing_sends to relance_worker;

grant select on relance.provider_accounts, whatsapp_templates, notification_preferences, relance.conversations,
    relance.marketing_sends, relance.message_costs to relance_ops;
grant insert, update, delete on relance.provider_accounts, whatsapp_templates, notification_preferences to relance_ops;
grant delete on relance.suppressions to relance_ops;
-- An uncertain message that an operator settles is accounted for as an answer would be.
grant update on relance.message_costs to relance_ops;
grant delete on relance.marketing_sends to relance_ops;

revoke execute on all functions in schema relance from public;
grant execute on function relance.is_time_zone(text) to public;
grant execute on function relance.month_of(text), relance.masked(text), relance.easter(integer), relance.is_holiday(date, text),
    relance.marketing_opening(timestamptz, text, time, time, smallint[], text),
    relance.hold_on_marketing(relance.deliveries, bytea) to relance_worker, relance_ops;
