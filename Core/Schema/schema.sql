
CREATE SCHEMA relance;

CREATE TYPE relance.hold AS (
	reason text,
	until timestamp with time zone
);

CREATE FUNCTION relance.activate_no_show_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op = 'INSERT' then
        if new.activated_at = '-infinity' then new.activated_at := relance.now(); end if;
    elsif (new.is_enabled and not old.is_enabled) or new.offset_min <> old.offset_min then
        new.activated_at := relance.now();
    end if;
    return new;
end $$;

CREATE FUNCTION relance.activate_recovery() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op = 'INSERT' then
        if new.activated_at = '-infinity' then new.activated_at := relance.now(); end if;
    elsif new.is_enabled and not old.is_enabled then
        new.activated_at := relance.now();
    end if;
    new.updated_at := relance.now();
    return new;
end $$;

CREATE FUNCTION relance.activate_reminder_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op = 'INSERT' then
        if new.activated_at = '-infinity' then new.activated_at := relance.now(); end if;
        return new;
    end if;
    if (new.is_enabled and not old.is_enabled) or new.offset_min <> old.offset_min then
        new.activated_at := relance.now();
    end if;
    new.channel_activations := new.channel_activations || (
        select coalesce(jsonb_object_agg(c, relance.now()), '{}')
        from unnest(new.channels) c where c <> all (old.channels));
    return new;
end $$;

CREATE FUNCTION relance.activate_sms() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    update reminder_steps
    set channel_activations = channel_activations || jsonb_build_object('sms', relance.now())
    where tenant_id = new.tenant_id and 'sms' = any (channels);
    return null;
end $$;

CREATE FUNCTION relance.add_alert_thresholds() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into alert_thresholds (tenant_id) values (new.id) on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION relance.add_recovery_settings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into recovery_settings (tenant_id) values (new.id) on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION relance.alert_language(locale text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$ select case when locale ~* '^en($|[-_.])' then 'en' else 'fr' end $_$;

CREATE FUNCTION relance.alert_severity(type text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        select case when type in ('NoReply3d', 'StaleLead30d') then 'med' when type = 'PreferredChannel' then 'low' else 'high' end
    $$;

CREATE FUNCTION relance.alert_texts(type text, lead_id text, facts text[]) RETURNS TABLE(message text, suggested_action jsonb)
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION relance.arm_appointment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op = 'INSERT' then
        -- A row loaded from elsewhere may be born with its revision and its past.
        new.armed_at := case when new.armed_at = '-infinity' then new.created_at else new.armed_at end;
        return new;
    end if;
    new.armed_at := old.armed_at;
    if new.starts_at is distinct from old.starts_at
        or (new.status = 'CANCELLED') is distinct from (old.status = 'CANCELLED')
    then
        new.revision := greatest(new.revision, old.revision + 1);
        new.armed_at := relance.now();
        new.cancelled_at := case when new.status = 'CANCELLED' then coalesce(new.cancelled_at, relance.now()) end;
        insert into relance.appointment_revisions (tenant_id, appointment_id, revision, starts_at)
        values (old.tenant_id, old.id, old.revision, old.starts_at)
        on conflict do nothing;
    else
        -- An application that writes whole rows back must not undo a revision it has not seen.
        new.revision := old.revision;
    end if;
    return new;
end $$;

CREATE FUNCTION relance.book(tenant text, appointment text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    in_public boolean := (given ->> 'public')::boolean;
    starts timestamptz := (given ->> 'starts_at')::timestamptz;
    closer text := given ->> 'closer_id';
    minutes integer;
    lead leads;
    quota integer;
begin
    if starts <= relance.now() then return '{"outcome": "past_date"}'; end if;
    if starts > relance.now() + interval '2 years' then return '{"outcome": "too_far"}'; end if;
    select coalesce((given ->> 'duration_min')::integer, (select duration_min from calendar_configs where tenant_id = tenant), 30)
    into minutes;
    if closer is not null and not exists (
        select from users where tenant_id = tenant and id = closer and is_active)
    then
        return '{"outcome": "unknown_closer"}';
    end if;
    if given ? 'lead_id' then
        select * into lead from leads where tenant_id = tenant and id = given ->> 'lead_id' and erased_at is null;
        if not found then return '{"outcome": "unknown_lead"}'; end if;
    else
        select * into lead from leads
        where tenant_id = tenant and erased_at is null
            and (lower(email) = given ->> 'email' or phone = given ->> 'phone')
        -- The address decides before the number, which a household may share; the oldest of several.
        order by lower(email) is distinct from given ->> 'email', created_at, id
        limit 1;
    end if;
    if in_public and (
        relance.is_blacklisted(tenant, lead.id, given ->> 'email', given ->> 'phone')
        or relance.is_blacklisted(tenant, lead.id, lead.email, lead.phone))
    then
        return '{"outcome": "lead_blacklisted"}';
    end if;
    if closer is not null and relance.is_taken(tenant, closer, starts, minutes, '') then
        return '{"outcome": "slot_taken"}';
    end if;
    if lead.id is null then
        select lead_quota into quota from organization_settings where tenant_id = tenant;
        if quota is not null and (
            select count(*) from (select from leads where tenant_id = tenant and erased_at is null limit quota) l) >= quota
        then
            return '{"outcome": "lead_quota_reached"}';
        end if;
        insert into leads (tenant_id, id, name, email, phone, locale, timezone, status, source)
        values (
            tenant, given ->> 'new_lead_id', given ->> 'name', given ->> 'email', given ->> 'phone', given ->> 'locale',
            given ->> 'timezone', 'APPOINTMENT_SCHEDULED', case when in_public then 'FORM' else 'MANUAL' end)
        returning * into lead;
    elsif lead.status in ('NEW', 'QUALIFIED') then
        update leads set status = 'APPOINTMENT_SCHEDULED' where tenant_id = tenant and id = lead.id;
    end if;
    insert into appointments (
        tenant_id, id, lead_id, closer_id, starts_at, duration_min, video, video_url, location)
    values (
        tenant, appointment, lead.id, closer, starts, minutes, coalesce(given ->> 'video', 'external'), given ->> 'video_url',
        given ->> 'location');
    perform relance.plan_due_steps(tenant, appointment);
    return '{"outcome": "done"}';
end $$;

CREATE TABLE public.appointments (
    tenant_id text NOT NULL,
    id text NOT NULL,
    lead_id text NOT NULL,
    closer_id text,
    status text DEFAULT 'SCHEDULED'::text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    duration_min integer DEFAULT 30 NOT NULL,
    video text DEFAULT 'external'::text NOT NULL,
    video_url text,
    location text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    cancelled_at timestamp with time zone,
    revision integer DEFAULT 0 NOT NULL,
    armed_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    imported_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT appointments_calendar CHECK (((starts_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (starts_at < '9999-01-01 00:00:00+00'::timestamp with time zone) AND (created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '9999-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT appointments_duration_min_check CHECK (((duration_min >= 1) AND (duration_min <= 1440))),
    CONSTRAINT appointments_revision_check CHECK ((revision >= 0)),
    CONSTRAINT appointments_status_check CHECK ((status = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text, 'COMPLETED'::text, 'NO_SHOW'::text, 'CANCELLED'::text]))),
    CONSTRAINT appointments_video_check CHECK ((video = ANY (ARRAY['livekit'::text, 'zoom'::text, 'meet'::text, 'external'::text])))
);

CREATE FUNCTION relance.call_identity(a public.appointments, as_role text, given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        select coalesce(given, case as_role when 'lead' then 'lead:' || a.lead_id else 'user:' || coalesce(a.closer_id, '') end)
    $$;

CREATE FUNCTION relance.call_time(a public.appointments) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select least(a.armed_at, a.starts_at - interval '1 hour') $$;

CREATE FUNCTION relance.change_appointment(tenant text, appointment text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    a appointments;
    starts timestamptz;
    minutes integer;
    closer text;
    wanted text;
    allowed text[];
begin
    select * into a from appointments where tenant_id = tenant and id = appointment for update;
    if not found then return '{"outcome": "not_found"}'; end if;
    starts := coalesce((given ->> 'starts_at')::timestamptz, a.starts_at);
    minutes := coalesce((given ->> 'duration_min')::integer, a.duration_min);
    closer := coalesce(given ->> 'closer_id', a.closer_id);
    -- A move asks for the lead's word anew, and gives a missed appointment another chance.
    wanted := coalesce(
        given ->> 'status',
        case when starts <> a.starts_at and a.status in ('CONFIRMED', 'NO_SHOW') then 'SCHEDULED' else a.status end);
    allowed := relance.next_statuses(a.status);
    if (given ->> 'public')::boolean and exists (
        select from leads l
        where l.tenant_id = tenant and l.id = a.lead_id and relance.is_blacklisted(tenant, l.id, l.email, l.phone))
    then
        return '{"outcome": "lead_blacklisted"}';
    end if;
    -- Whoever follows a link has seen an appointment at its time, and speaks of no other.
    if given ? 'revision' and wanted <> a.status and (given ->> 'revision')::integer <> a.revision then
        return '{"outcome": "moved"}';
    end if;
    if given ? 'revision' and wanted <> a.status and a.starts_at <= relance.now() then
        return '{"outcome": "past"}';
    end if;
    if (wanted <> a.status and wanted <> all (allowed))
        or (starts <> a.starts_at and wanted not in ('SCHEDULED', 'CONFIRMED'))
    then
        return jsonb_build_object(
            'outcome', 'invalid_transition', 'status', a.status, 'allowed', array_to_string(allowed, ', '));
    end if;
    if starts <= relance.now() and (starts <> a.starts_at or (a.status = 'CANCELLED' and wanted <> a.status)) then
        return '{"outcome": "past_date"}';
    end if;
    if starts > greatest(a.starts_at, relance.now() + interval '2 years') then return '{"outcome": "too_far"}'; end if;
    if wanted = 'COMPLETED' and a.status <> wanted and a.starts_at > relance.now() + interval '1 hour' then
        return '{"outcome": "early"}';
    end if;
    if closer is distinct from a.closer_id and not exists (
        select from users where tenant_id = tenant and id = closer and is_active)
    then
        return '{"outcome": "unknown_closer"}';
    end if;
    if wanted in ('SCHEDULED', 'CONFIRMED') and starts > relance.now()
        and (starts, minutes, closer, a.status in ('SCHEDULED', 'CONFIRMED'))
            is distinct from (a.starts_at, a.duration_min, a.closer_id, true)
        and relance.is_taken(tenant, closer, starts, minutes, appointment)
    then
        return '{"outcome": "slot_taken"}';
    end if;
    update appointments
    set status = wanted, starts_at = starts, duration_min = minutes, closer_id = closer,
        video = coalesce(given ->> 'video', video), video_url = coalesce(given ->> 'video_url', video_url),
        location = coalesce(given ->> 'location', location), updated_at = now()
    where tenant_id = tenant and id = appointment
        and (status, starts_at, duration_min, closer_id, video, video_url, location) is distinct from (
            wanted, starts, minutes, closer, coalesce(given ->> 'video', video), coalesce(given ->> 'video_url', video_url),
            coalesce(given ->> 'location', location));
    return '{"outcome": "done"}';
end $$;

CREATE FUNCTION relance.channel_in_words(channel text, language text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        select case channel
            when 'whatsapp' then 'WhatsApp'
            when 'email' then 'e-mail'
            when 'sms' then case language when 'en' then 'text message' else 'SMS' end
            when 'call' then case language when 'en' then 'telephone' else 'téléphone' end
            else case language when 'en' then 'other means' else 'un autre moyen' end
        end
    $$;

CREATE FUNCTION relance.complete_appointment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    update appointments a set status = 'COMPLETED', updated_at = now()
    where a.tenant_id = new.tenant_id and a.id = new.appointment_id and a.status in ('SCHEDULED', 'CONFIRMED', 'NO_SHOW')
        and coalesce(new.started_at, a.armed_at) >= a.armed_at
        and exists (
            select from call_participants l
            join call_participants h on h.tenant_id = l.tenant_id and h.call_id = l.call_id and h.role = 'closer'
                and h.joined_at <= coalesce(l.left_at, new.ended_at) and l.joined_at <= coalesce(h.left_at, new.ended_at)
            where l.tenant_id = new.tenant_id and l.call_id = new.id and l.role = 'lead');
    return null;
end $$;

CREATE FUNCTION relance.configure_no_shows(tenant text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
        insert into no_show_steps (tenant_id, step, offset_min, channels) values
            (tenant, 'detection', 15, '{}'),
            (tenant, 'host', 0, '{in_app,email}'),
            (tenant, 'J+0', 30, '{email}'),
            (tenant, 'J+2', 540, '{email}'),
            (tenant, 'weekly', 540, '{in_app,email}')
        on conflict do nothing
    $$;

CREATE FUNCTION relance.configure_no_shows_of_new() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.configure_no_shows(new.id);
    return null;
end $$;

CREATE FUNCTION relance.configure_organization() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into organization_settings (tenant_id) values (new.id) on conflict do nothing;
    insert into calendar_configs (tenant_id) values (new.id) on conflict do nothing;
    insert into reminder_steps (tenant_id, step, offset_min, channels) values
        (new.id, 'T+0', 0, '{email}'),
        (new.id, 'T+10', 10, '{whatsapp}'),
        (new.id, 'J-1', -1440, '{email}'),
        (new.id, 'H-1', -60, '{email,sms}'),
        (new.id, 'T-0', 0, '{in_app,email,whatsapp}'),
        (new.id, 'moved', 0, '{email}'),
        (new.id, 'cancelled', 0, '{email}')
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION relance.correct_activity(tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION relance.decide_no_show(tenant text, mark uuid, confirms boolean, actor text, said text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    m no_show_marks;
    a appointments;
begin
    select * into m from no_show_marks where tenant_id = tenant and id = mark;
    if not found then return 'not_found'; end if;
    -- First the appointment, then its mark, as everybody else.
    select * into a from appointments where tenant_id = tenant and id = m.appointment_id for update;
    select * into m from no_show_marks where tenant_id = tenant and id = mark for update;
    if m.state <> 'proposed' then return 'decided'; end if;
    if not confirms then
        update no_show_marks set decided_by = actor, decided_at = relance.now(), reason = coalesce(said, reason)
        where tenant_id = tenant and id = mark;
        perform relance.revert_mark(tenant, m.appointment_id, m.revision, actor, 'dismissed');
        return 'dismissed';
    end if;
    update no_show_marks
    set state = 'active', decided_by = actor, decided_at = relance.now(), reason = coalesce(said, reason)
    where tenant_id = tenant and id = mark;
    if m.cause <> 'host' then
        update appointments set status = 'NO_SHOW', updated_at = now()
        where tenant_id = tenant and id = m.appointment_id and revision = m.revision and status in ('SCHEDULED', 'CONFIRMED');
    end if;
    perform relance.settle_blacklist(tenant, m.lead_id, actor);
    return 'confirmed';
end $$;

CREATE FUNCTION relance.detect_no_shows(program text, at_epoch bigint, tenants text[], appointments text[], asked jsonb) RETURNS TABLE(tenant_id text, appointment_id text, verdict text, has_mark boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
    picked record;
    look relance.no_show_looks;
    answer text;
    present jsonb;
    call text;
    person record;
begin
    perform from relance.leases l where l.name = program and l.epoch = at_epoch and l.expires_at > clock_timestamp() for share;
    if not found then return; end if;
    return query select null::text, null::text, 'fence', false;
    for picked in
        select p.t, p.a from unnest(tenants, appointments) as p (t, a) order by p.t, p.a
    loop
        perform from appointments x where x.tenant_id = picked.t and x.id = picked.a for update skip locked;
        if not found then
            return query select picked.t, picked.a, 'busy', true;
            continue;
        end if;
        look := null;
        select * into look from relance.no_show_looks v where v.tenant_id = picked.t and v.appointment_id = picked.a;
        answer := null;
        if look.verdict = 'ask' then
            select j.answer, j.people into answer, present
            from jsonb_to_recordset(asked) as j (tenant text, appointment text, answer text, people jsonb)
            where j.tenant = picked.t and j.appointment = picked.a;
            if answer is null then look.verdict := 'unasked'; end if;
            if answer = 'occupied' then
                -- Written down as the webhooks would have, so that whatever follows finds it.
                call := relance.open_call(picked.t, picked.a, relance.now());
                for person in
                    select j.identity, j.role, j.joined_at
                    from jsonb_to_recordset(present) as j (identity text, role text, joined_at timestamptz)
                loop
                    perform relance.join_call(
                        picked.t, call, person.identity, person.role, least(person.joined_at, relance.now()));
                end loop;
                select * into look from relance.no_show_looks v where v.tenant_id = picked.t and v.appointment_id = picked.a;
            end if;
            if answer is not null and look.verdict in ('ask', 'lead') then
                -- A room that was asked after an outage is empty, whoever was in it: that is not known, and blames nobody (D-20).
                look.verdict := case
                    when answer = 'unavailable' or relance.now() >= look.asked_until then 'unknown'
                    when look.closer_joined_at is not null then 'lead'
                    else 'none'
                end;
            end if;
        end if;
        if look.verdict in ('lead', 'host', 'none', 'unknown') then
            perform relance.mark_no_show(
                picked.t, picked.a, look.verdict, 'auto', 'fleet:' || program, null,
                jsonb_strip_nulls(jsonb_build_object(
                    'video', look.video, 'calls', look.calls, 'lead_joined_at', look.lead_joined_at,
                    'closer_joined_at', look.closer_joined_at, 'livekit', answer)));
        end if;
        return query select
            picked.t, picked.a, nullif(look.verdict, 'ahead'), exists (
                select from no_show_marks m
                where m.tenant_id = picked.t and m.appointment_id = picked.a and m.state = 'active');
    end loop;
end $$;

CREATE FUNCTION relance.easter(year integer) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
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

CREATE FUNCTION relance.end_call(tenant text, call text, instant timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    c calls;
    before text;
    after text;
begin
    select * into c from calls where tenant_id = tenant and id = call;
    select status into before from appointments where tenant_id = tenant and id = c.appointment_id for update;
    perform from calls where tenant_id = tenant and id = call and ended_at is null for update;
    if not found then return false; end if;
    update call_participants set left_at = greatest(instant, joined_at)
    where tenant_id = tenant and call_id = call and left_at is null;
    update calls set ended_at = greatest(instant, started_at) where tenant_id = tenant and id = call;
    select status into after from appointments where tenant_id = tenant and id = c.appointment_id;
    return after = 'COMPLETED' and before <> after;
end $$;

CREATE FUNCTION relance.end_call_of_before() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.end_call(c.tenant_id, c.id, new.armed_at)
    from calls c
    where c.tenant_id = new.tenant_id and c.appointment_id = new.id and c.ended_at is null
        and c.started_at < relance.call_time(new);
    return null;
end $$;

CREATE FUNCTION relance.end_delivery_of_dead_job() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $_$
declare
    ended text;
begin
    update relance.deliveries
    set state = case state when 'sending' then 'uncertain' else 'failed' end, reason = new.reason,
        settled_at = clock_timestamp()
    where tenant_id = new.tenant_id and state in ('pending', 'sending')
        and id = case when new.args ->> 'delivery' ~ '^[0-9]{1,18}$' then (new.args ->> 'delivery')::bigint end
    returning state into ended;
    if ended is null then return null; end if;
    update relance.delivery_attempts
    set closed_at = clock_timestamp(), outcome = 'unknown', code = new.reason
    where delivery_id = (new.args ->> 'delivery')::bigint and closed_at is null;
    insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
    values (
        'messages_dead:' || new.tenant_id, new.tenant_id, 'messages_dead', 'critical',
        'messages ended because their jobs died: relance jobs list --state dead',
        jsonb_build_object('last_job', new.id, 'reason', new.reason))
    on conflict (fingerprint) where resolved_at is null do update
    set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail;
    return null;
end $_$;

CREATE FUNCTION relance.extend_job_history() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'pg_temp'
    AS $$
declare
    month timestamptz;
    partition text;
begin
    for ahead in 0..2 loop
        month := date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC' + make_interval(months => ahead);
        partition := 'job_history_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        if to_regclass('relance.' || partition) is null
            and not exists (
                select from relance.job_history_default
                where finished_at >= month and finished_at < month + interval '1 month')
        then
            execute format(
                'create table relance.%I partition of relance.job_history for values from (%L) to (%L)',
                partition, month, month + interval '1 month');
        end if;
    end loop;
end $$;

CREATE FUNCTION relance.fall_back_to_sms() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    with planned as (
        insert into relance.deliveries (
            tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class,
            due_at, expires_at, state, trace_id, run_id, fallback_of)
        select
            new.tenant_id,
            new.kind || ':' || new.subject || ':' || new.revision || ':' || new.step || ':sms:' || new.recipient_type || ':'
                || new.recipient_id,
            new.kind, new.subject, new.revision, new.step, 'sms', new.recipient_type, new.recipient_id, new.message_class,
            new.due_at, new.expires_at, 'pending', new.trace_id, new.run_id, new.id
        where relance.now() < new.expires_at
            and exists (select from organization_settings o where o.tenant_id = new.tenant_id and o.sms_enabled)
            and (new.kind <> 'reminder' or exists (
                select from reminder_steps s
                where s.tenant_id = new.tenant_id and s.step = new.step and s.falls_back_to_sms))
        on conflict (tenant_id, dedupe_key) do nothing
        returning id, tenant_id, dedupe_key, expires_at, trace_id
    )
    insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
    select
        tenant_id, 'message.sms', 'messages', 'available', 1, relance.now(), expires_at, dedupe_key,
        jsonb_build_object('delivery', id), trace_id
    from planned
    on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing;
    return null;
end $$;

CREATE FUNCTION relance.follow_recovery() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    update form_abandons a
    set mailed_at = m.sent_at
    from (
        select h.tenant_id, h.id, (
            select min(d.sent_at) from relance.deliveries d
            where d.tenant_id = h.tenant_id and d.subject = h.id and d.kind = 'recovery' and d.state in ('sent', 'delivered')
        ) as sent_at
        from (
            select f.tenant_id, f.id from form_abandons f
            where f.tenant_id = new.tenant_id and f.id = new.subject
            for no key update skip locked
        ) h
    ) m
    where a.tenant_id = m.tenant_id and a.id = m.id and a.mailed_at is distinct from m.sent_at;
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at) values (new.tenant_id, new.subject, '-infinity');
    -- And those of the same person that wait for it: it may not have been sent after all.
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    select o.tenant_id, o.id, '-infinity'
    from form_abandons a
    join form_abandons o on o.tenant_id = a.tenant_id and lower(o.email) = lower(a.email) and o.email is not null
        and o.ended_at is null and o.id <> a.id
    where a.tenant_id = new.tenant_id and a.id = new.subject;
    return null;
end $$;

CREATE TABLE relance.deliveries (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    dedupe_key text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    step text NOT NULL,
    channel text NOT NULL,
    recipient_type text NOT NULL,
    recipient_id text NOT NULL,
    recipient_hash bytea,
    message_class text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    reason text,
    attempts integer DEFAULT 0 NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    provider text,
    account text,
    provider_id text,
    cost_microeuros bigint DEFAULT 0 NOT NULL,
    lateness_s integer,
    hard_stop_at timestamp with time zone,
    deferrals smallint DEFAULT 0 NOT NULL,
    deferred_by text,
    reported text,
    report_rank smallint DEFAULT 0 NOT NULL,
    delivered_at timestamp with time zone,
    read_at timestamp with time zone,
    opened_at timestamp with time zone,
    clicked_at timestamp with time zone,
    trace_id text,
    run_id uuid,
    fallback_of bigint,
    planned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    sent_at timestamp with time zone,
    settled_at timestamp with time zone,
    said_revision integer,
    CONSTRAINT deliveries_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'in_app'::text]))),
    CONSTRAINT deliveries_hard_stop CHECK (((message_class = 'transactional'::text) OR (hard_stop_at IS NOT NULL))),
    CONSTRAINT deliveries_message_class_check CHECK ((message_class = ANY (ARRAY['transactional'::text, 'marketing'::text]))),
    CONSTRAINT deliveries_reason CHECK (((reason IS NOT NULL) OR (state = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'delivered'::text])))),
    CONSTRAINT deliveries_recipient CHECK (((recipient_type <> 'none'::text) OR (state = 'skipped'::text))),
    CONSTRAINT deliveries_recipient_type_check CHECK ((recipient_type = ANY (ARRAY['lead'::text, 'user'::text, 'visitor'::text, 'none'::text]))),
    CONSTRAINT deliveries_sent CHECK (((state <> ALL (ARRAY['sent'::text, 'delivered'::text])) OR ((sent_at IS NOT NULL) AND (provider IS NOT NULL)))),
    CONSTRAINT deliveries_settled CHECK (((state = ANY (ARRAY['pending'::text, 'sending'::text])) = (settled_at IS NULL))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'skipped'::text, 'missed'::text, 'uncertain'::text, 'cancelled'::text]))),
    CONSTRAINT deliveries_window CHECK (((due_at < expires_at) OR (state = ANY (ARRAY['skipped'::text, 'cancelled'::text]))))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.05', autovacuum_analyze_scale_factor='0.05');

CREATE FUNCTION relance.hold_on_marketing(d relance.deliveries, address bytea) RETURNS relance.hold
    LANGUAGE plpgsql STABLE
    AS $$
declare
    setting organization_settings;
    organization organizations;
    lead leads;
    zone text;
    said_at_form text;
    opening timestamptz;
    capped timestamptz;
begin
    select * into organization from organizations where id = d.tenant_id;
    select * into setting from organization_settings where tenant_id = d.tenant_id;
    if d.kind = 'recovery' then
        -- Whether it is wanted was asked of the visit; where the visitor is now, the visit knows best.
        select v.timezone, v.marketing_consent into zone, said_at_form
        from form_abandons v where v.tenant_id = d.tenant_id and v.id = d.subject;
    end if;
    if d.recipient_type = 'lead' then
        select * into lead from leads where tenant_id = d.tenant_id and id = d.recipient_id;
        if lead.marketing_consent = 'denied'
            or (setting.requires_consent and lead.marketing_consent is distinct from 'granted'
                and (d.kind <> 'recovery' or said_at_form is distinct from 'granted'))
        then
            return ('no_consent', null)::relance.hold;
        end if;
        zone := coalesce(zone, lead.timezone);
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

CREATE FUNCTION relance.hot_since(tenant text, lead text, enough integer, span interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
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

CREATE FUNCTION relance.is_time_zone(zone text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT
    AS $_$
begin
    perform timestamptz 'epoch' at time zone zone;
    -- Offsets and abbreviations parse too, but have no daylight saving time: IANA names only. `Nowhere/Land+5` parses as a
    -- POSIX zone of that name, so digits stand where IANA has them and nowhere else.
    return zone = 'UTC' or zone ~ '^Etc/GMT(0|[+-]([0-9]|1[0-2])|-1[34])?$' or zone ~ '^[A-Za-z_]+(/[A-Za-z_]+(-[A-Za-z_]+)*)+$';
exception when invalid_parameter_value then
    return false;
end $_$;

CREATE TABLE public.leads (
    tenant_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    locale text,
    timezone text,
    status text DEFAULT 'NEW'::text NOT NULL,
    source text DEFAULT 'MANUAL'::text NOT NULL,
    score smallint DEFAULT 0 NOT NULL,
    erased_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    marketing_consent text DEFAULT 'unknown'::text NOT NULL,
    marketing_consent_at timestamp with time zone,
    CONSTRAINT leads_calendar CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '9999-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT leads_marketing_consent_check CHECK ((marketing_consent = ANY (ARRAY['unknown'::text, 'granted'::text, 'denied'::text]))),
    CONSTRAINT leads_score_check CHECK (((score >= 0) AND (score <= 100))),
    CONSTRAINT leads_source_check CHECK ((source = ANY (ARRAY['FORM'::text, 'MANUAL'::text, 'IMPORT'::text, 'ABANDON_RECOVERY'::text]))),
    CONSTRAINT leads_status_check CHECK ((status = ANY (ARRAY['NEW'::text, 'QUALIFIED'::text, 'DISQUALIFIED'::text, 'APPOINTMENT_SCHEDULED'::text, 'WON'::text, 'LOST'::text]))),
    CONSTRAINT leads_timezone_check CHECK (relance.is_time_zone(timezone))
);

CREATE FUNCTION relance.is_beyond_alerts(l public.leads) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select coalesce(l.status in ('DISQUALIFIED', 'WON', 'LOST') or l.erased_at is not null, false) $$;

CREATE FUNCTION relance.is_blacklisted(tenant text, lead text, email text, phone text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    digits text := right(regexp_replace(phone, '\D', '', 'g'), 7);
begin
    return exists (
        select from blacklist_entries b
        where b.tenant_id = tenant and b.ended_at is null and (b.expires_at is null or b.expires_at > relance.now())
            and (b.lead_id = lead or b.email = relance.normal_email(is_blacklisted.email)
                or (right(regexp_replace(b.phone, '\D', '', 'g'), 7) = digits
                    and relance.same_phone(b.phone, is_blacklisted.phone))));
end $$;

CREATE FUNCTION relance.is_contact(direction text, status text, meta jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (COALESCE(((meta ->> 'automated'::text) <> 'true'::text), true) AND ((direction = 'in'::text) OR (COALESCE(status, 'sent'::text) <> ALL (ARRAY['failed'::text, 'undelivered'::text, 'bounced'::text, 'rejected'::text, 'error'::text, 'uncertain'::text]))));

CREATE FUNCTION relance.is_held_out(tenant text, address text, percent smallint) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        select (get_byte(h, 0) * 256 + get_byte(h, 1)) % 100 < percent
        from sha256(convert_to('hold-out' || chr(31) || tenant || chr(31) || lower(address), 'UTF8')) as h
    $$;

CREATE FUNCTION relance.is_holiday(day date, calendar text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        select calendar in ('FR', 'FR-ALSACE-MOSELLE') and (
            to_char(day, 'MM-DD') in ('01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25')
            or day - relance.easter(extract(year from day)::integer) in (1, 39, 50)
            or (calendar = 'FR-ALSACE-MOSELLE' and (
                to_char(day, 'MM-DD') = '12-26' or day - relance.easter(extract(year from day)::integer) = -2)))
    $$;

CREATE FUNCTION relance.is_taken(tenant text, closer text, starts timestamp with time zone, minutes integer, besides text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
        select exists (
            select from appointments a
            cross join (select coalesce(max(buffer_min), 0) as gap from calendar_configs where tenant_id = tenant) c
            where a.tenant_id = tenant and a.closer_id = closer and a.id <> besides and a.status in ('SCHEDULED', 'CONFIRMED')
                -- What may reach into it began within the longest duration before.
                and a.starts_at > starts - make_interval(mins => 1440 + c.gap)
                and a.starts_at < starts + make_interval(mins => minutes + c.gap)
                and starts < a.starts_at + make_interval(mins => a.duration_min + c.gap))
    $$;

CREATE FUNCTION relance.join_call(tenant text, call text, who text, as_role text, instant timestamp with time zone, claimed boolean DEFAULT false) RETURNS boolean
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
        with confirmed as (
            update call_participants set is_claimed = false
            where not claimed and is_claimed and tenant_id = tenant and call_id = call and identity = who and left_at is null
        ), joined as (
            insert into call_participants (tenant_id, call_id, identity, role, joined_at, is_claimed)
            select tenant, call, who, as_role, instant, claimed
            where not exists (
                select from call_participants
                where tenant_id = tenant and call_id = call and identity = who and left_at is null)
            on conflict do nothing
            returning 1
        )
        select exists (select from joined)
    $$;

CREATE FUNCTION relance.now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select coalesce(nullif(current_setting('relance.now', true), '')::timestamptz, now()) $$;

CREATE FUNCTION relance.lead_alert_conditions(tenants text[], lead_ids text[], instant timestamp with time zone DEFAULT relance.now()) RETURNS TABLE(tenant_id text, lead_id text, type text, anchor_at timestamp with time zone, muted_by text, facts text[])
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE TABLE public.blacklist_entries (
    tenant_id text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    lead_id text,
    email text,
    phone text,
    source text NOT NULL,
    reason text,
    created_at timestamp with time zone DEFAULT relance.now() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by text,
    ended_how text,
    CONSTRAINT blacklist_entries_email_check CHECK (((email = lower(btrim(email))) AND (email <> ''::text))),
    CONSTRAINT blacklist_entries_ended CHECK ((((ended_at IS NULL) = (ended_how IS NULL)) AND ((ended_at IS NULL) = (ended_by IS NULL)))),
    CONSTRAINT blacklist_entries_ended_how_check CHECK ((ended_how = ANY (ARRAY['lifted'::text, 'undone'::text]))),
    CONSTRAINT blacklist_entries_person CHECK ((num_nonnulls(lead_id, email, phone) > 0)),
    CONSTRAINT blacklist_entries_phone_check CHECK ((phone <> ''::text)),
    CONSTRAINT blacklist_entries_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT blacklist_entries_source_check CHECK ((source = ANY (ARRAY['auto'::text, 'manual'::text])))
);

CREATE FUNCTION relance.leads_of_entry(entry public.blacklist_entries) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION relance.log_activities(ids uuid[], tenants text[], leads text[], channels text[], directions text[], statuses text[], snippets text[], metas jsonb[]) RETURNS TABLE(logged_at timestamp with time zone, raised text, resolved text)
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
declare
    -- The leads that have written, sorted, and the last place in the batch of each.
    writing_tenants text[];
    writing_leads text[];
    writing_ordinals bigint[];
    instants timestamptz[];
    ended text[];
    begun bigint[];
begin
    select array_agg(w.tenant_id order by w.last), array_agg(w.lead_id order by w.last), array_agg(w.last order by w.last)
    into writing_tenants, writing_leads, writing_ordinals
    from (
        select g.tenant_id, g.lead_id, max(g.ordinal) as last
        from unnest(tenants, leads, directions, statuses, metas) with ordinality
            as g (tenant_id, lead_id, direction, status, meta, ordinal)
        where g.direction = 'in' and relance.is_contact(g.direction, g.status, g.meta)
        group by g.tenant_id, g.lead_id
    ) w;

    -- Inbound activities of one lead take turns until their commit: else two of them, each unseen by the other, would both miss
    -- that the lead has become hot. In the order of the keys, so that batches never wait for each other in a circle.
    perform pg_advisory_xact_lock(k.key)
    from (
        select distinct hashtextextended(w.tenant_id || chr(31) || w.lead_id, 0) as key
        from unnest(writing_tenants, writing_leads) as w (tenant_id, lead_id)
        order by key
    ) k;

    with given as materialized (
        select g.*, relance.is_contact(g.direction, g.status, g.meta) as is_contact
        from unnest(ids, tenants, leads, channels, directions, statuses, snippets, metas) with ordinality
            as g (id, tenant_id, lead_id, channel, direction, status, snippet, meta, ordinal)
    ), logged as (
        insert into lead_activities (id, tenant_id, lead_id, channel, direction, status, message_snippet, meta, created_at)
        select g.id, g.tenant_id, g.lead_id, g.channel, g.direction, g.status, g.snippet, g.meta, clock_timestamp()
        from given g
        returning id, created_at
    ), held as materialized (
        -- Lead by lead through the index, and so locked in the order of the leads.
        select a.*
        from (select distinct tenant_id, lead_id from given where is_contact order by tenant_id, lead_id) g
        cross join lateral (
            select m.tenant_id, m.id, m.lead_id, m.type
            from max_alerts m
            where m.tenant_id = g.tenant_id and m.lead_id = g.lead_id and m.resolved_at is null
                and m.type in ('NoContact7d', 'NoReply3d', 'StaleLead30d', 'HighValueRisk', 'HotLead24h')
            order by m.type
            for update
        ) a
    ), answered as (
        -- Our answer ends a hot lead's wait; what the lead writes does not.
        select distinct on (h.tenant_id, h.id) h.tenant_id, h.id, h.type, g.ordinal, g.direction
        from held h
        join given g on g.tenant_id = h.tenant_id and g.lead_id = h.lead_id and g.is_contact
            and (h.type <> 'HotLead24h' or g.direction = 'out')
        order by h.tenant_id, h.id, g.ordinal
    ), resolved as (
        update max_alerts a
        set resolved_at = relance.now(), resolved_by = case w.direction when 'in' then 'auto:inbound' else 'auto:outbound' end
        from answered w
        where a.tenant_id = w.tenant_id and a.id = w.id
        returning w.ordinal, w.type
    ), named as (
        select ordinal, string_agg(type, ',' order by type) as types from resolved group by ordinal
    )
    select array_agg(l.created_at order by g.ordinal), array_agg(n.types order by g.ordinal)
    into instants, ended
    from given g
    join logged l on l.id = g.id
    left join named n on n.ordinal = g.ordinal;

    if writing_ordinals is not null then
        select array_agg(w.last) into begun
        from relance.raise_hot_leads(writing_tenants, writing_leads) h
        join unnest(writing_tenants, writing_leads, writing_ordinals) as w (tenant_id, lead_id, last)
            on w.tenant_id = h.of_tenant and w.lead_id = h.of_lead;
    end if;

    return query
    select r.logged_at, case when r.ordinal = any (begun) then 'HotLead24h' end, r.resolved
    from unnest(instants, ended) with ordinality as r (logged_at, resolved, ordinal)
    order by r.ordinal;
end $$;

CREATE FUNCTION relance.look_at_recoveries(tenants text[], abandons text[], hashes text[]) RETURNS TABLE(tenant_id text, abandon_id text, form_id text, lead_id text, last_activity_at timestamp with time zone, verdict text, step text, due_at timestamp with time zone, stop_at timestamp with time zone, collapsed text[], end_reason text, submission_id text, is_recovered boolean, look_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
        with found as (
            select o.*, coalesce(o.exit_reason, x.reason) as left_by
            from unnest(tenants, abandons, hashes) as g (of_tenant, of_abandon, hash)
            -- One by one: joined, all that is open would be looked at first, and these few picked out of it.
            cross join lateral (
                select * from relance.open_recoveries r
                where r.tenant_id = g.of_tenant and r.abandon_id = g.of_abandon
                offset 0
            ) o
            left join lateral (
                select case when s.reason in ('unsubscribed', 'bounced', 'complained') then s.reason else 'suppressed' end as reason
                from relance.suppressions s
                where s.tenant_id = g.of_tenant and s.channel = 'email' and s.address_hash = decode(g.hash, 'hex')
                order by s.created_at, s.scope
                limit 1
            ) x on true
        ), judged as (
            select f.*, case when f.left_by is null then f.verdict else 'exit' end as word from found f
        ), ended as (
            select
                j.*,
                case
                    when j.word = 'exit' then j.left_by
                    when j.word in ('in_flight', 'hold_out') or j.closes_at > relance.now() then null
                    when j.is_held_out then 'held_out'
                    when j.sequence_at is not null then 'completed'
                    else 'expired'
                end as ends_by
            from judged j
        )
        select
            e.tenant_id, e.abandon_id, e.form_id, e.lead_id, e.last_activity_at, e.word, e.step, e.due_at, e.stop_at, e.collapsed,
            e.ends_by, case when e.ends_by = 'submitted' then e.submission_id end,
            coalesce(
                e.ends_by = 'submitted' and e.submitted_at >= e.mailed_at and e.submitted_at < e.mailed_at + interval '7 days',
                false),
            case
                when e.ends_by is not null then null
                when e.word = 'in_flight' then greatest(e.closes_at, relance.now() + interval '1 hour')
                when e.word = 'wait' then least(e.quiet_until, e.closes_at)
                when e.word = 'due' then e.closes_at
                when e.word = 'hold_out' then greatest(e.closes_at, relance.now() + interval '7 days')
                else least(e.next_due_at, e.closes_at)
            end
        from ended e
    $$;

CREATE FUNCTION relance.mark_abandons() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    select n.tenant_id, n.id, timestamptz '-infinity' from new_rows n where n.ended_at is null
    union
    -- What it supersedes.
    select o.tenant_id, o.id, '-infinity'
    from new_rows n
    join form_abandons o on o.tenant_id = n.tenant_id and lower(o.email) = lower(n.email) and o.email is not null
        and o.ended_at is null;
    return null;
end $$;

CREATE FUNCTION relance.mark_appointments_ahead(tenant text, closer text DEFAULT NULL::text, unattended boolean DEFAULT false) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
    insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
    select a.tenant_id, a.id, '-infinity' from appointments a
    where a.tenant_id = tenant and a.status in ('SCHEDULED', 'CONFIRMED') and a.starts_at > relance.now() - interval '1 day'
        and (
            (closer is null and not unattended)
            or a.closer_id = closer
            or (unattended and not exists (
                select from users u where u.tenant_id = a.tenant_id and u.id = a.closer_id and u.is_active)))
    order by a.tenant_id, a.id
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity'
$$;

CREATE FUNCTION relance.mark_blacklisted_leads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op <> 'DELETE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select new.tenant_id, l from relance.leads_of_entry(new) l;
    end if;
    if tg_op <> 'INSERT' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select old.tenant_id, l from relance.leads_of_entry(old) l;
    end if;
    return null;
end $$;

CREATE FUNCTION relance.mark_changed_abandons() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    with changed as materialized (
        select n.tenant_id, n.id, n.email, n.ended_at
        from new_rows n
        -- A row that changed its key has no old one here, and is marked.
        left join old_rows o on o.tenant_id = n.tenant_id and o.id = n.id
        where (lower(n.email), n.last_activity_at, n.form_id, n.ended_at is null)
            is distinct from (lower(o.email), o.last_activity_at, o.form_id, o.ended_at is null)
    )
    select c.tenant_id, c.id, timestamptz '-infinity' from changed c where c.ended_at is null
    union
    select o.tenant_id, o.id, '-infinity'
    from changed c
    join form_abandons o on o.tenant_id = c.tenant_id and lower(o.email) = lower(c.email) and o.email is not null
        and o.ended_at is null
    where c.ended_at is null;
    return null;
end $$;

CREATE FUNCTION relance.mark_changed_activities() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op = 'UPDATE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from new_rows;
    end if;
    insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from old_rows;
    return null;
end $$;

CREATE FUNCTION relance.mark_changed_appointments() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
    select n.tenant_id, n.id, '-infinity'
    from new_rows n
    -- A row that changed its key has no old one here, and is marked.
    left join old_rows o on o.tenant_id = n.tenant_id and o.id = n.id
    where (n.status, n.revision, n.starts_at, n.closer_id, n.lead_id, n.created_at, n.imported_at)
        is distinct from (o.status, o.revision, o.starts_at, o.closer_id, o.lead_id, o.created_at, o.imported_at)
    order by n.tenant_id, n.id
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
    return null;
end $$;

CREATE FUNCTION relance.mark_changed_leads() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION relance.mark_late_activity() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.lead_alert_marks (tenant_id, lead_id) values (new.tenant_id, new.lead_id);
    return null;
end $$;

CREATE FUNCTION relance.mark_leads_of_deals() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if tg_op <> 'DELETE' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from new_rows;
    end if;
    if tg_op <> 'INSERT' then
        insert into relance.lead_alert_marks (tenant_id, lead_id) select distinct tenant_id, lead_id from old_rows;
    end if;
    return null;
end $$;

CREATE FUNCTION relance.mark_new_appointments() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
    select tenant_id, id, '-infinity' from new_rows
    where (status in ('SCHEDULED', 'CONFIRMED') or (status = 'CANCELLED' and revision > 0))
        and starts_at > relance.now() - interval '1 day'
    order by tenant_id, id
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
    return null;
end $$;

CREATE FUNCTION relance.mark_no_show(tenant text, appointment text, why text, by_whom text, actor text, said text DEFAULT NULL::text, seen jsonb DEFAULT '{}'::jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    a appointments;
    former no_show_marks;
    proposed boolean;
    wanted text;
begin
    select * into a from appointments where tenant_id = tenant and id = appointment for update;
    if not found then return 'not_found'; end if;
    if a.status in ('COMPLETED', 'CANCELLED') then return 'invalid'; end if;
    if a.starts_at > relance.now() then return 'early'; end if;
    select * into former from no_show_marks
    where tenant_id = tenant and appointment_id = appointment and revision = a.revision;
    if found and (by_whom = 'auto' or (former.state = 'active' and former.cause = why)) then return 'kept'; end if;
    proposed := by_whom = 'auto' and why <> 'host'
        and exists (select from organization_settings where tenant_id = tenant and no_show_mode = 'review');
    insert into no_show_marks as m (
        tenant_id, appointment_id, revision, lead_id, cause, source, state, status_before, evidence, reason, decided_by,
        decided_at)
    values (
        tenant, appointment, a.revision, a.lead_id, why, by_whom, case when proposed then 'proposed' else 'active' end,
        case a.status when 'CONFIRMED' then 'CONFIRMED' else 'SCHEDULED' end, seen, said,
        case by_whom when 'manual' then actor end, case by_whom when 'manual' then relance.now() end)
    on conflict (tenant_id, appointment_id, revision) do update
    set cause = excluded.cause, state = 'active', reason = excluded.reason, decided_by = excluded.decided_by,
        revival = m.revival + case m.state when 'reverted' then 1 else 0 end,
        status_before = case a.status when 'NO_SHOW' then m.status_before else excluded.status_before end,
        decided_at = excluded.decided_at, reverted_at = null, reverted_by = null, revert_cause = null;
    if not proposed then
        wanted := case
            when why <> 'host' then 'NO_SHOW'
            when a.status = 'NO_SHOW' then coalesce(former.status_before, 'SCHEDULED')
            else a.status
        end;
        update appointments set status = wanted, updated_at = now()
        where tenant_id = tenant and id = appointment and status <> wanted;
        perform relance.settle_blacklist(tenant, a.lead_id, actor);
    end if;
    return 'marked';
end $$;

CREATE FUNCTION relance.mark_on_closer_settings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.mark_appointments_ahead(new.tenant_id, new.user_id);
    return null;
end $$;

CREATE FUNCTION relance.mark_on_configuration() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.mark_appointments_ahead(new.tenant_id);
    return null;
end $$;

CREATE FUNCTION relance.mark_on_recovery_settings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    select a.tenant_id, a.id, '-infinity' from form_abandons a where a.tenant_id = new.tenant_id and a.ended_at is null;
    return null;
end $$;

CREATE FUNCTION relance.mark_on_staff() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.mark_appointments_ahead(
        new.tenant_id, new.id,
        new.role in ('ADMIN', 'MANAGER') or (tg_op = 'UPDATE' and old.role in ('ADMIN', 'MANAGER')));
    return null;
end $$;

CREATE FUNCTION relance.mark_tenant_for_alerts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.lead_alert_marks (tenant_id) values (new.tenant_id);
    return null;
end $$;

CREATE FUNCTION relance.marketing_opening(instant timestamp with time zone, zone text, opens time without time zone, closes time without time zone, days smallint[], calendar text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
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

CREATE FUNCTION relance.masked(address text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        select case
            when position('@' in address) > 0 then left(address, 1) || '•••@' || split_part(address, '@', 2)
            else left(address, 3) || '•••' || right(address, 4)
        end
    $$;

CREATE FUNCTION relance.month_of(tenant text) RETURNS date
    LANGUAGE sql STABLE STRICT
    AS $$
        select date_trunc('month', relance.now() at time zone o.timezone)::date from organizations o where o.id = tenant
    $$;

CREATE FUNCTION relance.next_statuses(status text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        select case status
            when 'SCHEDULED' then array['CONFIRMED', 'COMPLETED', 'CANCELLED']
            when 'CONFIRMED' then array['SCHEDULED', 'COMPLETED', 'CANCELLED']
            when 'NO_SHOW' then array['SCHEDULED', 'CONFIRMED', 'COMPLETED']
            when 'CANCELLED' then array['SCHEDULED']
            else '{}'
        end
    $$;

CREATE FUNCTION relance.no_show_counts(tenant text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(closer_id text, missed bigint, counted bigint)
    LANGUAGE sql STABLE
    AS $$
        select a.closer_id, count(*) filter (where a.status = 'NO_SHOW'), count(*)
        from appointments a
        where a.tenant_id = tenant and a.starts_at >= since and a.starts_at < least(until, relance.now())
            and a.status in ('NO_SHOW', 'COMPLETED', 'CONFIRMED')
        group by a.closer_id
    $$;

CREATE FUNCTION relance.normal_email(email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select nullif(lower(btrim(email)), '') $$;

CREATE FUNCTION relance.normal_phone(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select nullif(regexp_replace(regexp_replace(phone, '[^0-9+]', '', 'g'), '^00', '+'), '') $$;

CREATE FUNCTION relance.note_rooms(tenants text[], of_appointments text[], kinds text[], identities text[], roles text[], joinings timestamp with time zone[], instants timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    e record;
    a appointments;
    c record;
    gone timestamptz;
begin
    for e in
        select g.*, coalesce(g.joined_at, g.at) as since
        from unnest(tenants, of_appointments, kinds, identities, roles, joinings, instants) with ordinality
            as g (tenant_id, appointment_id, kind, identity, role, joined_at, at, ordinal)
        order by g.tenant_id, g.appointment_id, g.ordinal
    loop
        select * into a from appointments where tenant_id = e.tenant_id and id = e.appointment_id for update;
        select id, ended_at into c
        from calls
        where tenant_id = e.tenant_id and appointment_id = e.appointment_id and (ended_at is null or ended_at >= e.since)
            and (started_at <= e.at or e.kind in ('started', 'joined'))
        order by started_at > e.since, started_at desc
        limit 1;
        if c.id is null then
            -- What only ends something begins nothing.
            continue when e.kind in ('finished', 'aborted') or (e.kind = 'left' and e.joined_at is null);
            -- Nor does what is told late of the time before the appointment was moved.
            continue when e.since < relance.call_time(a);
            select relance.open_call(e.tenant_id, e.appointment_id, e.since) as id, null::timestamptz as ended_at into c;
            continue when c.id is null;
        end if;
        if e.kind in ('started', 'joined') then
            update calls set started_at = e.since where tenant_id = e.tenant_id and id = c.id and started_at > e.since;
        end if;
        if e.kind = 'finished' then
            perform relance.end_call(e.tenant_id, c.id, e.at);
        elsif e.kind in ('joined', 'left') and e.joined_at is not null then
            -- A leaving of one's own outweighs the closing of the room; whoever came into what is over has left by its end.
            gone := case e.kind when 'left' then greatest(e.at, e.joined_at) end;
            update call_participants set left_at = coalesce(gone, left_at), is_claimed = false
            where tenant_id = e.tenant_id and call_id = c.id and identity = e.identity and joined_at = e.joined_at;
            continue when found;
            update call_participants set left_at = coalesce(gone, left_at), is_claimed = false
            where tenant_id = e.tenant_id and call_id = c.id and identity = e.identity and left_at is null
                and (e.kind = 'joined' or joined_at <= gone);
            continue when found;
            insert into call_participants (tenant_id, call_id, identity, role, joined_at, left_at)
            values (
                e.tenant_id, c.id, e.identity, e.role, e.joined_at,
                coalesce(gone, case when c.ended_at is not null then greatest(c.ended_at, e.joined_at) end))
            on conflict do nothing;
        elsif e.identity is not null then
            update call_participants set left_at = e.at, is_claimed = false
            where tenant_id = e.tenant_id and call_id = c.id and identity = e.identity and left_at is null
                and joined_at <= e.at;
        end if;
    end loop;
end $$;

CREATE FUNCTION relance.open_call(tenant text, appointment text, instant timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    found_id text;
    ordinal bigint;
begin
    -- Under the appointment's lock, so that two who open it count the same ordinal.
    perform from appointments where tenant_id = tenant and id = appointment for update;
    if not found then return null; end if;
    select count(*) + 1 into ordinal from calls where tenant_id = tenant and appointment_id = appointment;
    loop
        select id into found_id from calls where tenant_id = tenant and appointment_id = appointment and ended_at is null;
        if found then return found_id; end if;
        insert into calls (tenant_id, id, appointment_id, started_at)
        values (tenant, appointment || case ordinal when 1 then '' else ':' || ordinal end, appointment, instant)
        -- Whoever does not ask for the lock was first, or the id is another appointment's.
        on conflict do nothing;
        ordinal := ordinal + 1;
    end loop;
end $$;

CREATE FUNCTION relance.plan_due_steps(tenant text, appointment text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
        with written as (
            insert into relance.deliveries (
                tenant_id, dedupe_key, kind, subject, revision, step, channel, recipient_type, recipient_id, message_class,
                due_at, expires_at, state, trace_id)
            select
                tenant_id, dedupe_key, 'reminder', appointment_id, revision, step, channel, recipient_type, recipient_id,
                'transactional', due_at, expires_at, 'pending', replace(gen_random_uuid()::text, '-', '')
            from relance.open_steps
            where tenant_id = tenant and appointment_id = appointment and verdict = 'due'
            order by step, channel, recipient_id
            on conflict (tenant_id, dedupe_key) do nothing
            returning id, tenant_id, dedupe_key, channel, expires_at, trace_id
        ), enqueued as (
            insert into relance.jobs (tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, trace_id)
            select
                tenant_id, 'message.' || channel, 'messages', 'available', 1, relance.now(), expires_at, dedupe_key,
                jsonb_build_object('delivery', id), trace_id
            from written
            on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing
        )
        select count(*) from written
    $$;

CREATE FUNCTION relance.point_at_detection() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.no_show_due as d (tenant_id, appointment_id, next_due_at)
    select n.tenant_id, n.id, n.starts_at + make_interval(mins => s.offset_min)
    from new_rows n
    join no_show_steps s on s.tenant_id = n.tenant_id and s.step = 'detection' and s.is_enabled
    where n.status in ('SCHEDULED', 'CONFIRMED')
        and n.starts_at + make_interval(mins => s.offset_min) >= greatest(s.activated_at, n.imported_at, n.armed_at)
    order by n.tenant_id, n.id
    on conflict (tenant_id, appointment_id) do update set next_due_at = least(d.next_due_at, excluded.next_due_at)
    where d.next_due_at > excluded.next_due_at;
    return null;
end $$;

CREATE FUNCTION relance.point_at_mark() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    insert into relance.no_show_due (tenant_id, appointment_id, next_due_at)
    values (new.tenant_id, new.appointment_id, '-infinity')
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
    return null;
end $$;

CREATE FUNCTION relance.point_at_no_shows_ahead(tenant text, of_step text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
        insert into relance.no_show_due (tenant_id, appointment_id, next_due_at)
        select a.tenant_id, a.id, timestamptz '-infinity'
        from appointments a
        where a.tenant_id = tenant and of_step = 'detection' and a.status in ('SCHEDULED', 'CONFIRMED')
            and a.starts_at > relance.now() - interval '2 days'
        union
        select m.tenant_id, m.appointment_id, '-infinity'
        from no_show_marks m
        where m.tenant_id = tenant and of_step in ('host', 'J+0', 'J+2') and m.state = 'active'
            and coalesce(m.decided_at, m.detected_at) > relance.now() - interval '4 days'
        order by 1, 2
        on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
        insert into relance.no_show_rate_due (tenant_id, next_due_at)
        select tenant, timestamptz '-infinity' where of_step = 'weekly'
        on conflict (tenant_id) do update set next_due_at = '-infinity'
    $$;

CREATE FUNCTION relance.point_on_chiefs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.point_at_no_shows_ahead(new.tenant_id, 'host');
    return null;
end $$;

CREATE FUNCTION relance.point_on_no_show_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.point_at_no_shows_ahead(new.tenant_id, new.step);
    return null;
end $$;

CREATE FUNCTION relance.point_on_time_zone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    perform relance.point_at_no_shows_ahead(new.id, s.step) from unnest(array['J+2', 'weekly']) as s (step);
    return null;
end $$;

CREATE FUNCTION relance.raise_hot_leads(tenants text[], leads text[]) RETURNS TABLE(of_tenant text, of_lead text)
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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

CREATE FUNCTION relance.recovery_quiet_until(tenant text, address text, besides bigint) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
        select greatest(
            max(m.claimed_at) + interval '12 hours', (array_agg(m.claimed_at order by m.claimed_at desc))[3] + interval '7 days')
        from (
            select s.claimed_at
            from form_abandons a
            join relance.deliveries d
                on d.tenant_id = a.tenant_id and d.subject = a.id and d.kind = 'recovery' and d.recipient_hash is not null
            join relance.marketing_sends s
                on s.tenant_id = d.tenant_id and s.address_hash = d.recipient_hash and s.delivery_id = d.id
            where a.tenant_id = tenant and a.email is not null and lower(a.email) = lower(address)
                and d.id is distinct from besides and s.claimed_at > relance.now() - interval '7 days'
            offset 0
        ) m
    $$;

CREATE FUNCTION relance.retry_job(of_tenant text, job bigint, caller text, because text) RETURNS TABLE(outcome text, state text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    found_job record;
    message record;
begin
    -- One look after the other, each with what was committed before it: a job that is being settled is found where it went.
    select j.state, j.args, j.expires_at, null::text as reason into found_job
    from relance.jobs j where j.tenant_id = of_tenant and j.id = job for update;
    if not found then
        select 'dead' as state, d.args, d.expires_at, d.reason into found_job
        from relance.dead_jobs d where d.tenant_id = of_tenant and d.id = job for update;
    end if;
    if not found then
        return query
            select 'finished', h.state, h.reason from relance.job_history h where h.tenant_id = of_tenant and h.id = job limit 1;
        if not found then return query select 'unknown', null::text, null::text; end if;
        return;
    end if;
    if found_job.state in ('running', 'available') then
        return query select found_job.state, found_job.state, null::text;
        return;
    end if;
    select d.id, d.state, d.expires_at <= relance.now() as is_expired into message
    from relance.deliveries d
    where d.tenant_id = of_tenant and d.id = (found_job.args ->> 'delivery')::bigint for update;
    if found_job.expires_at <= relance.now() or (found_job.state = 'dead' and message.is_expired) then
        return query select 'expired', found_job.state, null::text;
        return;
    end if;
    if found_job.state <> 'dead' then
        update relance.jobs j set state = 'available', run_at = least(j.run_at, relance.now()) where j.id = job;
    else
        if message.state not in ('pending', 'failed') then
            return query select 'message', message.state, message.id::text;
            return;
        end if;
        insert into relance.jobs (
            id, tenant_id, kind, queue, state, priority, run_at, expires_at, dedupe_key, args, max_attempts, is_suspect, errors,
            trace_id, created_at)
        overriding system value
        select
            d.id, d.tenant_id, d.kind, d.queue, 'available', d.priority, relance.now(), d.expires_at, d.dedupe_key, d.args,
            d.max_attempts, d.reason = 'poison',
            d.errors || jsonb_build_object('at', clock_timestamp(), 'by', caller, 'error', 'retried by an operator'),
            d.trace_id, d.created_at
        from relance.dead_jobs d
        where d.tenant_id = of_tenant and d.id = job
        on conflict (tenant_id, kind, dedupe_key) where dedupe_key is not null do nothing;
        if not found then
            return query select 'replaced', 'dead', null::text;
            return;
        end if;
        delete from relance.dead_jobs d where d.id = job;
        if message.state = 'failed' then
            update relance.deliveries d
            set state = 'pending', reason = null, settled_at = null, sent_at = null, lateness_s = null, reported = null,
                report_rank = 0, delivered_at = null, read_at = null, opened_at = null, clicked_at = null,
                generation = greatest(d.generation, (
                    select coalesce(max(a.generation) + 1, 0) from relance.delivery_attempts a where a.delivery_id = d.id))
            where d.id = message.id;
        end if;
    end if;
    insert into relance.operator_actions (operator, action, target, reason, detail)
    values (caller, 'jobs retry', 'job:' || job, because, jsonb_build_object(
        'tenant', of_tenant, 'state', found_job.state, 'was', found_job.reason, 'delivery', message.id));
    return query select case found_job.state when 'dead' then 'redriven' else 'advanced' end, 'available', null::text;
end $$;

CREATE FUNCTION relance.revert_mark(tenant text, appointment text, at_revision integer, actor text, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    mark no_show_marks;
begin
    update no_show_marks
    set state = 'reverted', reverted_at = relance.now(), reverted_by = actor, revert_cause = why
    where tenant_id = tenant and appointment_id = appointment and revision = at_revision and state in ('proposed', 'active')
    returning * into mark;
    if not found then return false; end if;
    update relance.deliveries
    set state = 'cancelled', reason = 'no_show_reverted', settled_at = clock_timestamp()
    where tenant_id = tenant and subject = mark.id::text and kind = 'no_show' and state = 'pending';
    perform relance.settle_blacklist(tenant, mark.lead_id, actor);
    return true;
end $$;

CREATE FUNCTION relance.revert_mark_on_join() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    appointment text;
begin
    -- Under the appointment's lock: a mark that is being made meanwhile has either seen who comes, or is seen here.
    perform from calls c
    join appointments a on a.tenant_id = c.tenant_id and a.id = c.appointment_id
    where c.tenant_id = new.tenant_id and c.id = new.call_id
    for no key update of a;
    select a.id into appointment
    from calls c
    join appointments a on a.tenant_id = c.tenant_id and a.id = c.appointment_id
    join no_show_marks m on m.tenant_id = a.tenant_id and m.appointment_id = a.id and m.revision = a.revision
    where c.tenant_id = new.tenant_id and c.id = new.call_id and m.state in ('proposed', 'active')
        and (m.cause = 'host') = (new.role = 'closer') and new.joined_at >= a.starts_at - interval '1 hour';
    if found then
        perform relance.revert_no_show(
            new.tenant_id, appointment,
            coalesce(nullif(current_setting('relance.actor', true), ''), 'database:' || session_user), 'late_join');
    end if;
    return null;
end $$;

CREATE FUNCTION relance.revert_mark_on_status() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    if new.status = 'COMPLETED' or exists (
        select from no_show_marks
        where tenant_id = new.tenant_id and appointment_id = new.id and revision = new.revision and cause <> 'host')
    then
        perform relance.revert_mark(
            new.tenant_id, new.id, new.revision,
            coalesce(nullif(current_setting('relance.actor', true), ''), 'database:' || session_user),
            case new.status when 'COMPLETED' then 'completed' else 'status' end);
    end if;
    return null;
end $$;

CREATE FUNCTION relance.revert_no_show(tenant text, appointment text, actor text, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    a appointments;
    former text;
begin
    select * into a from appointments where tenant_id = tenant and id = appointment for update;
    if not found then return false; end if;
    select status_before into former from no_show_marks
    where tenant_id = tenant and appointment_id = appointment and revision = a.revision and state in ('proposed', 'active');
    if not found then return false; end if;
    perform relance.revert_mark(tenant, appointment, a.revision, actor, why);
    update appointments set status = former, updated_at = now()
    where tenant_id = tenant and id = appointment and status = 'NO_SHOW';
    return true;
end $$;

CREATE FUNCTION relance.same_phone(one text, other text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
declare
    first text := relance.normal_phone(one);
    second text := relance.normal_phone(other);
    home text;
    abroad text;
begin
    if first = second then return true; end if;
    if first is null or second is null or (first like '+%') = (second like '+%') then return false; end if;
    home := ltrim(case when first like '+%' then second else first end, '0');
    abroad := ltrim(case when first like '+%' then first else second end, '+');
    return length(home) >= 9 and right(abroad, length(home)) = home and length(abroad) - length(home) <= 3;
end $$;

CREATE FUNCTION relance.schedule(tenant text, action text, subject text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    a appointments;
    c calls;
    outcome text;
begin
    perform set_config('relance.actor', coalesce(given ->> 'actor', ''), true);
    case action
        when 'book' then return relance.book(tenant, subject, given);
        when 'change' then return relance.change_appointment(tenant, subject, given);
        when 'start_call' then return relance.start_call(tenant, subject, given);
        when 'no_show' then
            outcome := relance.mark_no_show(
                tenant, subject, given ->> 'cause', 'manual', given ->> 'actor', given ->> 'reason');
            select * into a from appointments where tenant_id = tenant and id = subject;
            return jsonb_build_object(
                'outcome', case outcome when 'invalid' then 'invalid_transition' else outcome end, 'status', a.status,
                'allowed', array_to_string(relance.next_statuses(a.status), ', '));
        else null;
    end case;
    select * into c from calls where tenant_id = tenant and id = subject;
    if not found then return '{"outcome": "not_found"}'; end if;
    -- First the appointment, then the call, as whoever starts one.
    select * into a from appointments where tenant_id = tenant and id = c.appointment_id for update;
    if action = 'end_call' then
        return jsonb_build_object('outcome', 'done', 'call', c.id, 'completed', relance.end_call(tenant, subject, relance.now()));
    end if;
    select * into c from calls where tenant_id = tenant and id = subject for update;
    if c.ended_at is not null then return '{"outcome": "call_ended"}'; end if;
    perform relance.join_call(
        tenant, subject, relance.call_identity(a, given ->> 'role', given ->> 'identity'), given ->> 'role', relance.now(), true);
    return jsonb_build_object('outcome', 'done', 'call', c.id);
end $$;

CREATE FUNCTION relance.settle_blacklist(tenant text, lead text, actor text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
declare
    setting organization_settings;
    person leads;
    alike text[];
    since timestamptz;
    missed integer;
    digits text;
begin
    select * into person from leads where tenant_id = tenant and id = lead;
    if not found then return; end if;
    digits := right(regexp_replace(person.phone, '\D', '', 'g'), 7);
    -- Two marks of one person take turns: each unseen by the other, both would count one.
    select array_agg(l.id) into alike
    from (
        select id from leads
        where tenant_id = tenant
            and (id = lead or lower(email) = relance.normal_email(person.email)
                or (right(regexp_replace(phone, '\D', '', 'g'), 7) = digits and relance.same_phone(phone, person.phone)))
        order by id
        for no key update
    ) l;
    select * into setting from organization_settings where tenant_id = tenant;
    select max(b.ended_at) into since
    from blacklist_entries b
    where b.tenant_id = tenant and b.ended_how = 'lifted'
        and (b.lead_id = any (alike) or b.email = relance.normal_email(person.email)
            or (right(regexp_replace(b.phone, '\D', '', 'g'), 7) = digits and relance.same_phone(b.phone, person.phone)));
    select count(distinct m.appointment_id) into missed
    from no_show_marks m
    where m.tenant_id = tenant and m.lead_id = any (alike) and m.state = 'active'
        and (m.cause in ('lead', 'none') or (m.cause = 'unknown' and setting.blacklist_counts_unknown))
        and (since is null or m.detected_at > since);
    if missed >= coalesce(setting.blacklist_after, 2) then
        if not relance.is_blacklisted(tenant, lead, person.email, person.phone) then
            insert into blacklist_entries (tenant_id, lead_id, email, phone, source, reason, created_by, expires_at)
            values (
                tenant, lead, relance.normal_email(person.email), relance.normal_phone(person.phone), 'auto',
                missed || ' no-shows', actor, relance.now() + make_interval(days => setting.blacklist_days));
        end if;
    else
        update blacklist_entries b
        set ended_at = relance.now(), ended_by = actor, ended_how = 'undone'
        where b.tenant_id = tenant and b.source = 'auto' and b.ended_at is null
            and (b.lead_id = any (alike) or b.email = relance.normal_email(person.email)
                or (right(regexp_replace(b.phone, '\D', '', 'g'), 7) = digits and relance.same_phone(b.phone, person.phone)));
    end if;
end $$;

CREATE FUNCTION relance.start_call(tenant text, appointment text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    a appointments;
    former text;
    call text;
    undone boolean := false;
begin
    select * into a from appointments where tenant_id = tenant and id = appointment for update;
    if not found then return '{"outcome": "not_found"}'; end if;
    if a.status = 'CANCELLED' then
        return jsonb_build_object('outcome', 'invalid_transition', 'status', a.status, 'allowed', 'SCHEDULED');
    end if;
    select id into former from calls where tenant_id = tenant and appointment_id = appointment and ended_at is null;
    if former is null then
        undone := relance.revert_no_show(tenant, appointment, given ->> 'actor', 'call_start');
    end if;
    call := relance.open_call(tenant, appointment, relance.now());
    if given ? 'role' then
        perform relance.join_call(
            tenant, call, relance.call_identity(a, given ->> 'role', given ->> 'identity'), given ->> 'role', relance.now(), true);
    end if;
    return jsonb_build_object('outcome', 'done', 'call', call, 'is_new', former is null, 'undone', undone);
end $$;

CREATE FUNCTION relance.touch_message_template() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'relance', 'public', 'pg_temp'
    AS $$
begin
    new.updated_at := case tg_op
        when 'UPDATE' then greatest(clock_timestamp(), old.updated_at + interval '1 microsecond')
        else clock_timestamp()
    end;
    return new;
end $$;

CREATE FUNCTION relance.travel_to(instant timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if (select environment from relance.instance) <> 'development' then
        raise exception 'business time can be set on a development instance only'
            using errcode = 'RL001';
    end if;
    perform set_config('relance.now', instant::text, true);
end $$;

CREATE TABLE public.max_alerts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id text DEFAULT 'macrea'::text NOT NULL,
    lead_id text NOT NULL,
    type text NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    suggested_action jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    resolved_by text,
    anchor_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_reason text,
    resolved_actor text,
    facts text[],
    CONSTRAINT max_alerts_calendar CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '9999-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT max_alerts_resolved CHECK (((resolved_at IS NULL) = (resolved_by IS NULL))),
    CONSTRAINT max_alerts_resolved_reason_check CHECK ((length(resolved_reason) <= 500)),
    CONSTRAINT max_alerts_severity_check CHECK ((severity = ANY (ARRAY['low'::text, 'med'::text, 'high'::text]))),
    CONSTRAINT max_alerts_type_check CHECK ((type = ANY (ARRAY['NoContact7d'::text, 'NoReply3d'::text, 'PreferredChannel'::text, 'HotLead24h'::text, 'StaleLead30d'::text, 'HighValueRisk'::text])))
);

CREATE VIEW public.active_alerts AS
 SELECT max_alerts.id,
    max_alerts.tenant_id,
    max_alerts.lead_id,
    max_alerts.type,
    max_alerts.severity,
    max_alerts.message,
    max_alerts.suggested_action,
    max_alerts.created_at,
    max_alerts.resolved_at,
    max_alerts.resolved_by,
    max_alerts.anchor_at,
    max_alerts.resolved_reason,
    max_alerts.resolved_actor
   FROM public.max_alerts
  WHERE (max_alerts.resolved_at IS NULL)
  ORDER BY
        CASE max_alerts.severity
            WHEN 'high'::text THEN 1
            WHEN 'med'::text THEN 2
            WHEN 'low'::text THEN 3
            ELSE NULL::integer
        END, max_alerts.created_at DESC;

CREATE TABLE public.alert_thresholds (
    tenant_id text NOT NULL,
    no_contact_after interval DEFAULT '7 days'::interval NOT NULL,
    no_reply_after interval DEFAULT '3 days'::interval NOT NULL,
    stale_after interval DEFAULT '30 days'::interval NOT NULL,
    high_value_cents bigint DEFAULT 1000000 NOT NULL,
    high_value_after interval DEFAULT '3 days'::interval NOT NULL,
    hot_lead_inbound integer DEFAULT 3 NOT NULL,
    hot_lead_within interval DEFAULT '24:00:00'::interval NOT NULL,
    preferred_inbound integer DEFAULT 3 NOT NULL,
    preferred_within interval DEFAULT '30 days'::interval NOT NULL,
    preferred_percent integer DEFAULT 70 NOT NULL,
    digest_after interval DEFAULT '3 days'::interval NOT NULL,
    CONSTRAINT alert_thresholds_digest_after_check CHECK (((digest_after > '00:00:00'::interval) AND (digest_after <= '10 years'::interval))),
    CONSTRAINT alert_thresholds_high_value_after_check CHECK (((high_value_after > '00:00:00'::interval) AND (high_value_after <= '10 years'::interval))),
    CONSTRAINT alert_thresholds_high_value_cents_check CHECK ((high_value_cents >= 0)),
    CONSTRAINT alert_thresholds_hot_lead_inbound_check CHECK (((hot_lead_inbound >= 1) AND (hot_lead_inbound <= 50))),
    CONSTRAINT alert_thresholds_hot_lead_within_check CHECK (((hot_lead_within > '00:00:00'::interval) AND (hot_lead_within <= '7 days'::interval))),
    CONSTRAINT alert_thresholds_no_contact_after_check CHECK (((no_contact_after > '00:00:00'::interval) AND (no_contact_after <= '10 years'::interval))),
    CONSTRAINT alert_thresholds_no_reply_after_check CHECK (((no_reply_after > '00:00:00'::interval) AND (no_reply_after <= '10 years'::interval))),
    CONSTRAINT alert_thresholds_preferred_inbound_check CHECK ((preferred_inbound > 0)),
    CONSTRAINT alert_thresholds_preferred_percent_check CHECK (((preferred_percent >= 51) AND (preferred_percent <= 100))),
    CONSTRAINT alert_thresholds_preferred_within_check CHECK (((preferred_within > '00:00:00'::interval) AND (preferred_within <= '10 years'::interval))),
    CONSTRAINT alert_thresholds_stale_after_check CHECK (((stale_after > '00:00:00'::interval) AND (stale_after <= '10 years'::interval)))
);

CREATE TABLE public.calendar_configs (
    tenant_id text NOT NULL,
    duration_min integer DEFAULT 30 NOT NULL,
    buffer_min integer DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT calendar_configs_buffer_min_check CHECK ((buffer_min >= 0)),
    CONSTRAINT calendar_configs_duration_min_check CHECK (((duration_min >= 1) AND (duration_min <= 1440)))
);

CREATE TABLE public.call_participants (
    tenant_id text NOT NULL,
    call_id text NOT NULL,
    identity text NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    is_claimed boolean DEFAULT false NOT NULL,
    CONSTRAINT call_participants_role_check CHECK ((role = ANY (ARRAY['lead'::text, 'closer'::text])))
);

CREATE TABLE public.calls (
    tenant_id text NOT NULL,
    id text NOT NULL,
    appointment_id text NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone
);

CREATE TABLE public.closer_settings (
    tenant_id text NOT NULL,
    user_id text NOT NULL,
    pseudonym text,
    whatsapp_opt_in boolean DEFAULT false NOT NULL
);

CREATE TABLE public.deals (
    tenant_id text NOT NULL,
    id text NOT NULL,
    lead_id text NOT NULL,
    amount_cents bigint DEFAULT 0 NOT NULL,
    stage text DEFAULT 'OPEN'::text NOT NULL,
    closed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.events (
    tenant_id text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id text,
    event_type text NOT NULL,
    service text,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT events_event_type_check CHECK ((event_type <> ''::text))
);

CREATE TABLE public.form_abandons (
    tenant_id text NOT NULL,
    id text NOT NULL,
    form_id text NOT NULL,
    session_id text,
    email text,
    phone text,
    answers jsonb DEFAULT '{}'::jsonb NOT NULL,
    last_activity_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    locale text,
    timezone text,
    name text,
    marketing_consent text DEFAULT 'unknown'::text NOT NULL,
    mailed_at timestamp with time zone,
    ended_at timestamp with time zone,
    ended_reason text,
    submission_id text,
    recovered_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    sequence_at timestamp with time zone,
    is_held_out boolean,
    CONSTRAINT form_abandons_drawn CHECK (((sequence_at IS NULL) = (is_held_out IS NULL))),
    CONSTRAINT form_abandons_ended CHECK (((ended_at IS NULL) = (ended_reason IS NULL))),
    CONSTRAINT form_abandons_ended_reason_check CHECK ((ended_reason <> ''::text)),
    CONSTRAINT form_abandons_marketing_consent_check CHECK ((marketing_consent = ANY (ARRAY['unknown'::text, 'granted'::text, 'denied'::text]))),
    CONSTRAINT form_abandons_recovered CHECK (((recovered_at IS NULL) OR (submission_id IS NOT NULL))),
    CONSTRAINT form_abandons_submitted CHECK (((submission_id IS NOT NULL) = (NOT (ended_reason IS DISTINCT FROM 'submitted'::text)))),
    CONSTRAINT form_abandons_timezone_check CHECK (relance.is_time_zone(timezone))
);

CREATE TABLE public.form_submissions (
    tenant_id text NOT NULL,
    id text NOT NULL,
    form_id text NOT NULL,
    lead_id text,
    answers jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    session_id text,
    email text,
    phone text,
    locale text,
    marketing_consent text DEFAULT 'unknown'::text NOT NULL,
    abandon_id text,
    is_recovery boolean DEFAULT false NOT NULL,
    CONSTRAINT form_submissions_marketing_consent_check CHECK ((marketing_consent = ANY (ARRAY['unknown'::text, 'granted'::text, 'denied'::text])))
);

CREATE TABLE public.forms (
    tenant_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    status text DEFAULT 'DRAFT'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    slug text,
    CONSTRAINT forms_slug_check CHECK ((slug <> ''::text)),
    CONSTRAINT forms_status_check CHECK ((status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'PAUSED'::text, 'ARCHIVED'::text])))
);

CREATE TABLE public.lead_activities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant_id text DEFAULT 'macrea'::text NOT NULL,
    lead_id text NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL,
    status text DEFAULT 'sent'::text,
    message_snippet text,
    meta jsonb,
    created_at timestamp with time zone DEFAULT now(),
    is_contact boolean GENERATED ALWAYS AS (relance.is_contact(direction, status, meta)) STORED NOT NULL,
    CONSTRAINT lead_activities_calendar CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '9999-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT lead_activities_channel_check CHECK ((channel = ANY (ARRAY['whatsapp'::text, 'email'::text, 'call'::text, 'sms'::text, 'other'::text]))),
    CONSTRAINT lead_activities_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
)
WITH (autovacuum_vacuum_insert_scale_factor='0.05');

CREATE TABLE public.message_templates (
    tenant_id text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    form text NOT NULL,
    source text NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT message_templates_form_check CHECK ((form = ANY (ARRAY['mail.html'::text, 'mail.txt'::text, 'short.txt'::text, 'notice.txt'::text]))),
    CONSTRAINT message_templates_language_check CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT message_templates_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
    CONSTRAINT message_templates_source_check CHECK (((octet_length(source) >= 1) AND (octet_length(source) <= 65536))),
    CONSTRAINT message_templates_updated_by_check CHECK (((updated_by <> ''::text) AND (length(updated_by) <= 200)))
);

CREATE TABLE public.monitoring_metrics (
    tenant_id text NOT NULL,
    id bigint NOT NULL,
    service text NOT NULL,
    metric text NOT NULL,
    value double precision NOT NULL,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT monitoring_metrics_metric_check CHECK ((metric <> ''::text)),
    CONSTRAINT monitoring_metrics_service_check CHECK ((service <> ''::text)),
    CONSTRAINT monitoring_metrics_value_check CHECK (((value > '-Infinity'::double precision) AND (value < 'Infinity'::double precision)))
);

ALTER TABLE public.monitoring_metrics ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.monitoring_metrics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.no_show_marks (
    tenant_id text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    appointment_id text NOT NULL,
    revision integer NOT NULL,
    lead_id text NOT NULL,
    cause text NOT NULL,
    source text NOT NULL,
    state text NOT NULL,
    revival integer DEFAULT 0 NOT NULL,
    status_before text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    reason text,
    detected_at timestamp with time zone DEFAULT relance.now() NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    reverted_at timestamp with time zone,
    reverted_by text,
    revert_cause text,
    CONSTRAINT no_show_marks_cause_check CHECK ((cause = ANY (ARRAY['lead'::text, 'host'::text, 'none'::text, 'unknown'::text]))),
    CONSTRAINT no_show_marks_evidence_check CHECK ((jsonb_typeof(evidence) = 'object'::text)),
    CONSTRAINT no_show_marks_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT no_show_marks_revert_cause_check CHECK ((revert_cause = ANY (ARRAY['call_start'::text, 'late_join'::text, 'completed'::text, 'status'::text, 'dismissed'::text]))),
    CONSTRAINT no_show_marks_reverted CHECK ((((state = 'reverted'::text) = (reverted_at IS NOT NULL)) AND ((reverted_at IS NULL) = (revert_cause IS NULL)))),
    CONSTRAINT no_show_marks_revival_check CHECK ((revival >= 0)),
    CONSTRAINT no_show_marks_source_check CHECK ((source = ANY (ARRAY['auto'::text, 'manual'::text]))),
    CONSTRAINT no_show_marks_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'active'::text, 'reverted'::text]))),
    CONSTRAINT no_show_marks_status_before_check CHECK ((status_before = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text])))
);

CREATE TABLE public.no_show_steps (
    tenant_id text NOT NULL,
    step text NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    offset_min integer NOT NULL,
    channels text[] NOT NULL,
    activated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT no_show_steps_channels CHECK (
CASE step
    WHEN 'detection'::text THEN (channels = '{}'::text[])
    WHEN 'J+0'::text THEN (channels = '{email}'::text[])
    WHEN 'J+2'::text THEN (channels = '{email}'::text[])
    ELSE ((cardinality(channels) > 0) AND (channels <@ ARRAY['email'::text, 'in_app'::text]))
END),
    CONSTRAINT no_show_steps_step_check CHECK ((step = ANY (ARRAY['detection'::text, 'host'::text, 'J+0'::text, 'J+2'::text, 'weekly'::text]))),
    CONSTRAINT no_show_steps_window CHECK (
CASE step
    WHEN 'detection'::text THEN ((offset_min >= 1) AND (offset_min <= 1440))
    WHEN 'host'::text THEN ((offset_min >= 0) AND (offset_min <= 1440))
    WHEN 'J+0'::text THEN ((offset_min >= 0) AND (offset_min <= 1440))
    ELSE ((offset_min >= 0) AND (offset_min <= 1439))
END)
);

CREATE TABLE public.notification_preferences (
    tenant_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    is_enabled boolean NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notification_preferences_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'in_app'::text])))
);

CREATE TABLE public.notifications (
    tenant_id text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    appointment_id text,
    read_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);

CREATE TABLE public.organization_settings (
    tenant_id text NOT NULL,
    mail_from text,
    reply_to text,
    sms_enabled boolean DEFAULT false NOT NULL,
    sending_paused_at timestamp with time zone,
    lead_quota integer,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    requires_consent boolean DEFAULT false NOT NULL,
    marketing_opens time without time zone DEFAULT '09:00:00'::time without time zone NOT NULL,
    marketing_closes time without time zone DEFAULT '20:00:00'::time without time zone NOT NULL,
    marketing_days smallint[] DEFAULT '{1,2,3,4,5,6}'::smallint[] NOT NULL,
    holidays text,
    marketing_per_day integer DEFAULT 2,
    marketing_per_week integer DEFAULT 5,
    sms_monthly_cap_cents bigint,
    no_show_mode text DEFAULT 'auto'::text NOT NULL,
    blacklist_after smallint DEFAULT 2 NOT NULL,
    blacklist_counts_unknown boolean DEFAULT false NOT NULL,
    blacklist_days integer,
    CONSTRAINT organization_settings_blacklist_after_check CHECK ((blacklist_after > 0)),
    CONSTRAINT organization_settings_blacklist_days_check CHECK (((blacklist_days >= 1) AND (blacklist_days <= 36500))),
    CONSTRAINT organization_settings_days CHECK (((cardinality(marketing_days) > 0) AND (marketing_days <@ '{1,2,3,4,5,6,7}'::smallint[]))),
    CONSTRAINT organization_settings_holidays_check CHECK ((holidays = ANY (ARRAY['none'::text, 'FR'::text, 'FR-ALSACE-MOSELLE'::text]))),
    CONSTRAINT organization_settings_hours CHECK ((marketing_opens < marketing_closes)),
    CONSTRAINT organization_settings_lead_quota_check CHECK ((lead_quota >= 0)),
    CONSTRAINT organization_settings_marketing_per_day_check CHECK ((marketing_per_day > 0)),
    CONSTRAINT organization_settings_marketing_per_week_check CHECK ((marketing_per_week > 0)),
    CONSTRAINT organization_settings_no_show_mode_check CHECK ((no_show_mode = ANY (ARRAY['auto'::text, 'review'::text]))),
    CONSTRAINT organization_settings_sms_monthly_cap_cents_check CHECK ((sms_monthly_cap_cents >= 0))
);

CREATE TABLE public.organizations (
    id text NOT NULL,
    tenant_id text GENERATED ALWAYS AS (id) STORED NOT NULL,
    name text NOT NULL,
    timezone text DEFAULT 'Europe/Paris'::text NOT NULL,
    locale text DEFAULT 'fr-FR'::text NOT NULL,
    region text DEFAULT 'FR'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_id_check CHECK ((id <> ''::text)),
    CONSTRAINT organizations_region_check CHECK ((region ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT organizations_timezone_check CHECK (relance.is_time_zone(timezone))
);

CREATE TABLE public.recovery_rates (
    tenant_id text NOT NULL,
    form_id text NOT NULL,
    week date NOT NULL,
    mailed integer NOT NULL,
    recovered integer NOT NULL,
    held_out integer NOT NULL,
    held_out_submitted integer NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.recovery_settings (
    tenant_id text NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    activated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    holdout_percent smallint DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT recovery_settings_holdout_percent_check CHECK (((holdout_percent >= 0) AND (holdout_percent <= 90)))
);

CREATE TABLE public.relance_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.reminder_steps (
    tenant_id text NOT NULL,
    step text NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    offset_min integer NOT NULL,
    falls_back_to_sms boolean DEFAULT true NOT NULL,
    channels text[] NOT NULL,
    activated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    channel_activations jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT reminder_steps_channel_activations_check CHECK ((jsonb_typeof(channel_activations) = 'object'::text)),
    CONSTRAINT reminder_steps_channels_check CHECK (((cardinality(channels) > 0) AND (channels <@ ARRAY['email'::text, 'sms'::text, 'whatsapp'::text, 'in_app'::text]))),
    CONSTRAINT reminder_steps_notices CHECK (((step <> ALL (ARRAY['moved'::text, 'cancelled'::text])) OR (channels = ARRAY['email'::text]))),
    CONSTRAINT reminder_steps_step_check CHECK ((step = ANY (ARRAY['T+0'::text, 'T+10'::text, 'J-1'::text, 'H-1'::text, 'T-0'::text, 'moved'::text, 'cancelled'::text]))),
    CONSTRAINT reminder_steps_window CHECK (
CASE step
    WHEN 'T+0'::text THEN ((offset_min >= 0) AND (offset_min <= 1439))
    WHEN 'T+10'::text THEN ((offset_min >= 0) AND (offset_min <= 1440))
    WHEN 'J-1'::text THEN ((offset_min >= '-43200'::integer) AND (offset_min <= '-121'::integer))
    WHEN 'H-1'::text THEN ((offset_min >= '-1440'::integer) AND (offset_min <= '-6'::integer))
    WHEN 'T-0'::text THEN ((offset_min >= '-60'::integer) AND (offset_min <= 19))
    ELSE (offset_min = 0)
END)
);

CREATE TABLE public.users (
    tenant_id text NOT NULL,
    id text NOT NULL,
    email text,
    name text NOT NULL,
    role text NOT NULL,
    phone text,
    locale text,
    timezone text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['SUPER_ADMIN'::text, 'ADMIN'::text, 'MANAGER'::text, 'CLOSER'::text, 'SETTER'::text]))),
    CONSTRAINT users_timezone_check CHECK (relance.is_time_zone(timezone))
);

CREATE TABLE public.whatsapp_templates (
    tenant_id text NOT NULL,
    name text NOT NULL,
    content_sid text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT whatsapp_templates_content_sid_check CHECK ((content_sid ~ '^HX[0-9a-fA-F]{32}$'::text)),
    CONSTRAINT whatsapp_templates_name_check CHECK ((name ~ '^[a-z_0-9]{1,60}[.][a-z]{2}$'::text))
);

CREATE TABLE relance.abandon_due (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    abandon_id text NOT NULL,
    next_due_at timestamp with time zone NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

ALTER TABLE relance.abandon_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.abandon_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW relance.alert_words AS
 SELECT w.type,
    w.language,
    w.message,
    w.label,
    w.template
   FROM ( VALUES ('NoContact7d'::text,'fr'::text,'Aucun contact depuis %1$s. Lead à risque de perte.'::text,'Relancer'::text,'relance_froide'::text), ('NoContact7d'::text,'en'::text,'No contact for %1$s. The lead may be lost.'::text,'Follow up'::text,'relance_froide'::text), ('NoReply3d'::text,'fr'::text,'Pas de réponse depuis %1$s'::text,'Relancer'::text,'relance_sans_reponse'::text), ('NoReply3d'::text,'en'::text,'No reply for %1$s'::text,'Follow up'::text,'relance_sans_reponse'::text), ('StaleLead30d'::text,'fr'::text,'Aucune activité depuis %1$s. Lead à reprendre ou à clore.'::text,'Reprendre contact'::text,'relance_froide'::text), ('StaleLead30d'::text,'en'::text,'No activity for %1$s. Take the lead up again or close it.'::text,'Get in touch'::text,'relance_froide'::text), ('HighValueRisk'::text,'fr'::text,'Affaire de %2$s sans contact depuis %1$s. À reprendre en priorité.'::text,'Relancer'::text,'relance_affaire'::text), ('HighValueRisk'::text,'en'::text,'A deal of %2$s without contact for %1$s. Take it up first.'::text,'Follow up'::text,'relance_affaire'::text), ('HotLead24h'::text,'fr'::text,'Lead très actif : %1$s messages reçus en %2$s h. À traiter en priorité.'::text,'Répondre maintenant'::text,NULL::text), ('HotLead24h'::text,'en'::text,'A very active lead: %1$s messages within %2$s h. Answer first.'::text,'Answer now'::text,NULL::text), ('PreferredChannel'::text,'fr'::text,'Ce lead écrit par %2$s (%1$s messages sur %4$s) ; nos deux derniers sont partis par %3$s.'::text,'Écrire'::text,'relance_canal'::text), ('PreferredChannel'::text,'en'::text,'This lead writes by %2$s (%1$s messages of %4$s); our last two went by %3$s.'::text,'Write'::text,'relance_canal'::text)) w(type, language, message, label, template);

CREATE TABLE relance.appointment_revisions (
    tenant_id text NOT NULL,
    appointment_id text NOT NULL,
    revision integer NOT NULL,
    starts_at timestamp with time zone NOT NULL
);

CREATE TABLE relance.jobs (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    priority smallint DEFAULT 2 NOT NULL,
    run_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    dedupe_key text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 8 NOT NULL,
    crashes smallint DEFAULT 0 NOT NULL,
    is_suspect boolean DEFAULT false NOT NULL,
    has_begun boolean DEFAULT false NOT NULL,
    lease bigint,
    leased_until timestamp with time zone,
    leased_by text,
    errors jsonb DEFAULT '[]'::jsonb NOT NULL,
    trace_id text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT jobs_args_check CHECK ((jsonb_typeof(args) = 'object'::text)),
    CONSTRAINT jobs_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT jobs_crashes_check CHECK ((crashes >= 0)),
    CONSTRAINT jobs_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT jobs_leased_while_running CHECK ((((state = 'running'::text) = (lease IS NOT NULL)) AND ((lease IS NULL) = (leased_until IS NULL)) AND ((lease IS NULL) = (leased_by IS NULL)))),
    CONSTRAINT jobs_max_attempts_check CHECK ((max_attempts > 0)),
    CONSTRAINT jobs_priority_check CHECK (((priority >= 0) AND (priority <= 9))),
    CONSTRAINT jobs_queue_check CHECK ((queue <> ''::text)),
    CONSTRAINT jobs_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'available'::text, 'running'::text, 'retryable'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.1', autovacuum_analyze_scale_factor='0.05', autovacuum_vacuum_cost_delay='1');

CREATE VIEW relance.announcements AS
 SELECT d.tenant_id,
    d.subject AS appointment_id,
    d.recipient_id AS lead_id,
    d.id AS delivery_id,
    d.step,
    d.state,
    w.revision,
    COALESCE(r.starts_at, a.starts_at) AS starts_at
   FROM (((relance.deliveries d
     CROSS JOIN LATERAL ( SELECT
                CASE d.step
                    WHEN 'T+0'::text THEN COALESCE(d.said_revision, 0)
                    ELSE d.revision
                END AS revision) w)
     JOIN public.appointments a ON (((a.tenant_id = d.tenant_id) AND (a.id = d.subject))))
     LEFT JOIN relance.appointment_revisions r ON (((r.tenant_id = a.tenant_id) AND (r.appointment_id = a.id) AND (r.revision = w.revision))))
  WHERE ((d.kind = 'reminder'::text) AND (d.recipient_type = 'lead'::text) AND ((d.state = ANY (ARRAY['sending'::text, 'sent'::text, 'delivered'::text, 'uncertain'::text])) OR ((d.state = 'pending'::text) AND (d.step = 'T+0'::text) AND (EXISTS ( SELECT
           FROM relance.jobs j
          WHERE ((j.tenant_id = d.tenant_id) AND (j.kind = ('message.'::text || d.channel)) AND (j.dedupe_key = d.dedupe_key) AND (j.state = 'running'::text)))))));

CREATE TABLE relance.api_keys (
    tenant_id text NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    key_hash bytea NOT NULL,
    hint text NOT NULL,
    scopes text[] NOT NULL,
    origins text[] DEFAULT '{}'::text[] NOT NULL,
    per_minute integer,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_hint_check CHECK ((length(hint) <= 8)),
    CONSTRAINT api_keys_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT api_keys_kind_check CHECK ((kind = ANY (ARRAY['server'::text, 'publishable'::text]))),
    CONSTRAINT api_keys_name_check CHECK (((name <> ''::text) AND (length(name) <= 200))),
    CONSTRAINT api_keys_per_minute_check CHECK ((per_minute > 0)),
    CONSTRAINT api_keys_publishable CHECK ((((kind = 'publishable'::text) = (scopes = ARRAY['public'::text])) AND ((kind = 'publishable'::text) = (cardinality(origins) > 0)))),
    CONSTRAINT api_keys_scopes_check CHECK (((scopes <@ ARRAY['ingest'::text, 'read'::text, 'admin'::text, 'public'::text]) AND (cardinality(scopes) > 0)))
);

CREATE TABLE relance.appointment_due (
    tenant_id text NOT NULL,
    appointment_id text NOT NULL,
    next_due_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE VIEW relance.appointment_steps AS
 SELECT a.tenant_id,
    a.id AS appointment_id,
    s.step,
    c.channel,
    COALESCE(r.recipient_type, 'none'::text) AS recipient_type,
    COALESCE(r.recipient_id, 'none'::text) AS recipient_id,
    w.revision,
    w.due_at,
    w.expires_at,
    (w.revision_bound AND (w.due_at < a.armed_at)) AS is_booked_late,
    GREATEST(s.activated_at, a.imported_at, ((s.channel_activations ->> c.channel))::timestamp with time zone) AS active_from,
    ((((((((('reminder:'::text || a.id) || ':'::text) || w.revision) || ':'::text) || s.step) || ':'::text) || c.channel) || ':'::text) || COALESCE(((r.recipient_type || ':'::text) || r.recipient_id), 'none'::text)) AS dedupe_key
   FROM ((((public.appointments a
     JOIN public.reminder_steps s ON (((s.tenant_id = a.tenant_id) AND s.is_enabled AND ((s.step = 'cancelled'::text) = (a.status = 'CANCELLED'::text)) AND ((s.step <> ALL (ARRAY['moved'::text, 'cancelled'::text])) OR (a.revision > 0)))))
     CROSS JOIN LATERAL ( SELECT (s.step <> ALL (ARRAY['T+0'::text, 'T+10'::text])) AS revision_bound,
                CASE
                    WHEN (s.step = ANY (ARRAY['T+0'::text, 'T+10'::text])) THEN 0
                    ELSE a.revision
                END AS revision,
            (
                CASE
                    WHEN (s.step = ANY (ARRAY['T+0'::text, 'T+10'::text])) THEN a.created_at
                    WHEN (s.step = ANY (ARRAY['moved'::text, 'cancelled'::text])) THEN a.armed_at
                    ELSE a.starts_at
                END + make_interval(mins => s.offset_min)) AS due_at,
                CASE s.step
                    WHEN 'T+0'::text THEN LEAST(a.starts_at, (a.created_at + '24:00:00'::interval))
                    WHEN 'T+10'::text THEN LEAST(((a.created_at + make_interval(mins => s.offset_min)) + '02:00:00'::interval), a.starts_at)
                    WHEN 'J-1'::text THEN (a.starts_at - '02:00:00'::interval)
                    WHEN 'H-1'::text THEN (a.starts_at - '00:05:00'::interval)
                    WHEN 'T-0'::text THEN (a.starts_at + '00:20:00'::interval)
                    ELSE LEAST(a.starts_at, (a.armed_at + '24:00:00'::interval))
                END AS expires_at) w)
     CROSS JOIN LATERAL unnest(s.channels) c(channel))
     LEFT JOIN LATERAL ( SELECT 'lead'::text AS recipient_type,
            a.lead_id AS recipient_id
          WHERE (s.step = ANY (ARRAY['T+0'::text, 'J-1'::text, 'H-1'::text, 'moved'::text, 'cancelled'::text]))
        UNION ALL
         SELECT 'user'::text AS recipient_type,
            u.id AS recipient_id
           FROM public.users u
          WHERE ((s.step = ANY (ARRAY['T+10'::text, 'T-0'::text])) AND (u.tenant_id = a.tenant_id) AND (u.id = a.closer_id) AND u.is_active)
        UNION ALL
         SELECT 'user'::text AS recipient_type,
            u.id AS recipient_id
           FROM public.users u
          WHERE ((s.step = ANY (ARRAY['T+10'::text, 'T-0'::text])) AND (u.tenant_id = a.tenant_id) AND (u.role = ANY (ARRAY['ADMIN'::text, 'MANAGER'::text])) AND u.is_active AND (NOT (EXISTS ( SELECT
                   FROM public.users closer
                  WHERE ((closer.tenant_id = a.tenant_id) AND (closer.id = a.closer_id) AND closer.is_active)))))) r ON (true))
  WHERE ((a.status = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text, 'CANCELLED'::text])) AND ((c.channel <> 'sms'::text) OR (EXISTS ( SELECT
           FROM public.organization_settings o
          WHERE ((o.tenant_id = a.tenant_id) AND o.sms_enabled)))) AND ((c.channel <> 'whatsapp'::text) OR (s.step <> 'T-0'::text) OR (EXISTS ( SELECT
           FROM public.closer_settings o
          WHERE ((o.tenant_id = a.tenant_id) AND (o.user_id = r.recipient_id) AND o.whatsapp_opt_in)))));

CREATE TABLE relance.conversations (
    tenant_id text NOT NULL,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    account text NOT NULL,
    last_outbound_at timestamp with time zone,
    last_inbound_at timestamp with time zone,
    CONSTRAINT conversations_channel_check CHECK ((channel = ANY (ARRAY['sms'::text, 'whatsapp'::text])))
)
WITH (fillfactor='80');

CREATE TABLE relance.dead_jobs (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    priority smallint NOT NULL,
    reason text NOT NULL,
    attempts smallint NOT NULL,
    max_attempts smallint NOT NULL,
    crashes smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    expires_at timestamp with time zone NOT NULL,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    died_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE relance.deliveries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE relance.delivery_attempts (
    id uuid NOT NULL,
    tenant_id text NOT NULL,
    delivery_id bigint NOT NULL,
    job_id bigint NOT NULL,
    lease bigint NOT NULL,
    generation integer NOT NULL,
    provider text NOT NULL,
    account text DEFAULT 'default'::text NOT NULL,
    cost_microeuros bigint DEFAULT 0 NOT NULL,
    cost_month date,
    idempotency_key text NOT NULL,
    endpoint text,
    content_type text,
    request text,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    closed_at timestamp with time zone,
    outcome text,
    code text,
    message text,
    provider_id text,
    reconciliations smallint DEFAULT 0 NOT NULL,
    CONSTRAINT delivery_attempts_closed CHECK (((closed_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT delivery_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text, 'unknown'::text, 'not_sent'::text])))
);
ALTER TABLE ONLY relance.delivery_attempts ALTER COLUMN request SET COMPRESSION lz4;

CREATE TABLE relance.idempotency_keys (
    tenant_id text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint,
    content_type text,
    answer bytea,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK ((length(key) <= 255))
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='2000');

CREATE TABLE relance.inbound_messages (
    id bigint NOT NULL,
    tenant_id text,
    provider text NOT NULL,
    account text NOT NULL,
    event_key text NOT NULL,
    kind text NOT NULL,
    type text NOT NULL,
    target text NOT NULL,
    content_type text,
    body bytea NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    match text,
    lead_id text,
    address_hash bytea,
    masked text,
    outcome text NOT NULL,
    waits_since timestamp with time zone,
    CONSTRAINT inbound_messages_account_check CHECK ((account <> ''::text)),
    CONSTRAINT inbound_messages_event_key_check CHECK ((event_key <> ''::text)),
    CONSTRAINT inbound_messages_kind_check CHECK ((kind = ANY (ARRAY['status'::text, 'message'::text, 'room'::text, 'billing'::text, 'other'::text]))),
    CONSTRAINT inbound_messages_lead CHECK (((lead_id IS NULL) OR (outcome = 'logged'::text))),
    CONSTRAINT inbound_messages_match CHECK ((((kind = 'message'::text) = (match IS NOT NULL)) OR (outcome = 'ignored'::text))),
    CONSTRAINT inbound_messages_match_check CHECK ((match = ANY (ARRAY['matched'::text, 'ambiguous'::text, 'unmatched'::text]))),
    CONSTRAINT inbound_messages_outcome_check CHECK ((outcome = ANY (ARRAY['logged'::text, 'unmatched'::text, 'unrouted'::text, 'recorded'::text, 'unknown_message'::text, 'unknown_room'::text, 'queued'::text, 'ignored'::text]))),
    CONSTRAINT inbound_messages_provider_check CHECK ((provider <> ''::text))
);

ALTER TABLE relance.inbound_messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.inbound_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE relance.instance (
    is_singleton boolean DEFAULT true NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    environment text DEFAULT 'production'::text NOT NULL,
    sending_paused_at timestamp with time zone,
    sending_paused_reason text,
    installed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT instance_environment_check CHECK ((environment = ANY (ARRAY['production'::text, 'staging'::text, 'development'::text]))),
    CONSTRAINT instance_is_singleton_check CHECK (is_singleton)
);

CREATE TABLE relance.job_history (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT job_history_state_check CHECK ((state = ANY (ARRAY['completed'::text, 'cancelled'::text])))
)
PARTITION BY RANGE (finished_at);

CREATE TABLE relance.job_history_2026_11 (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT job_history_state_check CHECK ((state = ANY (ARRAY['completed'::text, 'cancelled'::text])))
);

CREATE TABLE relance.job_history_2026_12 (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT job_history_state_check CHECK ((state = ANY (ARRAY['completed'::text, 'cancelled'::text])))
);

CREATE TABLE relance.job_history_2027_01 (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT job_history_state_check CHECK ((state = ANY (ARRAY['completed'::text, 'cancelled'::text])))
);

CREATE TABLE relance.job_history_default (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    args jsonb NOT NULL,
    dedupe_key text,
    lease bigint NOT NULL,
    leased_by text NOT NULL,
    errors jsonb NOT NULL,
    trace_id text,
    run_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT job_history_state_check CHECK ((state = ANY (ARRAY['completed'::text, 'cancelled'::text])))
);

ALTER TABLE relance.jobs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE relance.lead_alert_days (
    tenant_id text NOT NULL,
    local_date date NOT NULL
);

CREATE TABLE relance.lead_alert_marks (
    id bigint NOT NULL,
    tenant_id text NOT NULL,
    lead_id text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

ALTER TABLE relance.lead_alert_marks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.lead_alert_marks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE relance.lead_alert_progress (
    is_singleton boolean DEFAULT true NOT NULL,
    evaluated_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_until timestamp with time zone DEFAULT (now() - '01:00:00'::interval) NOT NULL,
    awaited xid8[] DEFAULT '{}'::xid8[] NOT NULL,
    awaited_since timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    calendar_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT lead_alert_progress_check CHECK ((cardinality(awaited_since) = cardinality(awaited))),
    CONSTRAINT lead_alert_progress_is_singleton_check CHECK (is_singleton)
)
WITH (fillfactor='50');

CREATE SEQUENCE relance.lease_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE relance.leases (
    name text NOT NULL,
    epoch bigint DEFAULT 0 NOT NULL,
    holder text DEFAULT ''::text NOT NULL,
    acquired_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    expires_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE relance.marketing_sends (
    tenant_id text NOT NULL,
    address_hash bytea NOT NULL,
    delivery_id bigint NOT NULL,
    claimed_at timestamp with time zone NOT NULL
);

CREATE TABLE relance.message_costs (
    tenant_id text NOT NULL,
    channel text NOT NULL,
    month date NOT NULL,
    microeuros bigint DEFAULT 0 NOT NULL
);

CREATE TABLE relance.no_show_due (
    tenant_id text NOT NULL,
    appointment_id text NOT NULL,
    next_due_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE VIEW relance.no_show_looks AS
 SELECT a.tenant_id,
    a.id AS appointment_id,
    a.revision,
    a.lead_id,
    a.video,
    w.due_at,
    w.asked_until,
    e.lead_joined_at,
    e.closer_joined_at,
    e.calls,
        CASE
            WHEN (w.due_at > relance.now()) THEN 'ahead'::text
            WHEN ((e.lead_joined_at IS NOT NULL) AND (e.closer_joined_at IS NOT NULL)) THEN 'attended'::text
            WHEN e.closer_was_seen THEN 'lead'::text
            WHEN (e.lead_joined_at IS NOT NULL) THEN 'host'::text
            WHEN ((e.closer_joined_at IS NULL) AND e.is_unnamed) THEN 'held'::text
            WHEN (a.video = 'livekit'::text) THEN 'ask'::text
            WHEN (e.closer_joined_at IS NOT NULL) THEN 'held'::text
            ELSE 'unknown'::text
        END AS verdict
   FROM (((public.appointments a
     JOIN public.no_show_steps s ON (((s.tenant_id = a.tenant_id) AND (s.step = 'detection'::text) AND s.is_enabled)))
     CROSS JOIN LATERAL ( SELECT (a.starts_at + make_interval(mins => s.offset_min)) AS due_at,
            (a.starts_at + LEAST(make_interval(mins => a.duration_min), make_interval(mins => (s.offset_min + 15)))) AS asked_until) w)
     LEFT JOIN LATERAL ( SELECT count(DISTINCT c.id) AS calls,
            min(p.joined_at) FILTER (WHERE (p.role = 'lead'::text)) AS lead_joined_at,
            min(p.joined_at) FILTER (WHERE (p.role = 'closer'::text)) AS closer_joined_at,
            bool_or(((p.role = 'closer'::text) AND (NOT p.is_claimed))) AS closer_was_seen,
            bool_or((NOT (EXISTS ( SELECT
                   FROM public.call_participants q
                  WHERE ((q.tenant_id = c.tenant_id) AND (q.call_id = c.id)))))) AS is_unnamed
           FROM (public.calls c
             LEFT JOIN public.call_participants p ON (((p.tenant_id = c.tenant_id) AND (p.call_id = c.id) AND (p.joined_at <= relance.now()) AND (COALESCE(p.left_at, 'infinity'::timestamp with time zone) >= (a.starts_at - '00:15:00'::interval)))))
          WHERE ((c.tenant_id = a.tenant_id) AND (c.appointment_id = a.id) AND (c.started_at <= relance.now()) AND (COALESCE(c.ended_at, 'infinity'::timestamp with time zone) >= (a.starts_at - '00:15:00'::interval)))) e ON ((w.due_at <= relance.now())))
  WHERE ((a.status = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text])) AND (w.due_at >= GREATEST(s.activated_at, a.imported_at, a.armed_at)) AND (NOT (EXISTS ( SELECT
           FROM public.no_show_marks m
          WHERE ((m.tenant_id = a.tenant_id) AND (m.appointment_id = a.id) AND (m.revision = a.revision))
         OFFSET 0))));

CREATE VIEW relance.no_show_messages AS
 SELECT m.tenant_id,
    m.appointment_id,
    m.id AS mark_id,
    m.revival,
    s.step,
    c.channel,
    COALESCE(r.recipient_type, 'none'::text) AS recipient_type,
    COALESCE(r.recipient_id, 'none'::text) AS recipient_id,
        CASE s.step
            WHEN 'host'::text THEN 'transactional'::text
            ELSE 'marketing'::text
        END AS message_class,
    b.made_at,
    w.due_at,
    w.expires_at,
    w.hard_stop_at,
    s.activated_at AS active_from,
        CASE
            WHEN (s.step = 'host'::text) THEN NULL::text
            WHEN (l.erased_at IS NOT NULL) THEN 'lead_erased'::text
            WHEN (a.status = 'CANCELLED'::text) THEN 'appointment_cancelled'::text
            WHEN (a.revision <> m.revision) THEN 'appointment_moved'::text
            WHEN (a.status <> 'NO_SHOW'::text) THEN ('appointment_'::text || lower(a.status))
            WHEN (EXISTS ( SELECT
               FROM public.appointments n
              WHERE ((n.tenant_id = a.tenant_id) AND (n.lead_id = a.lead_id) AND (n.starts_at > a.starts_at) AND (n.status <> 'CANCELLED'::text)))) THEN 'newer_appointment'::text
            WHEN relance.is_blacklisted(m.tenant_id, l.id, l.email, l.phone) THEN 'lead_blacklisted'::text
            ELSE NULL::text
        END AS against,
    ((((((((('no_show:'::text || m.id) || ':'::text) || m.revival) || ':'::text) || s.step) || ':'::text) || c.channel) || ':'::text) || COALESCE(((r.recipient_type || ':'::text) || r.recipient_id), 'none'::text)) AS dedupe_key
   FROM (((((((((public.no_show_marks m
     JOIN public.appointments a ON (((a.tenant_id = m.tenant_id) AND (a.id = m.appointment_id))))
     JOIN public.leads l ON (((l.tenant_id = m.tenant_id) AND (l.id = m.lead_id))))
     JOIN public.organizations o ON ((o.id = m.tenant_id)))
     JOIN public.no_show_steps s ON (((s.tenant_id = m.tenant_id) AND s.is_enabled AND
        CASE m.cause
            WHEN 'host'::text THEN (s.step = 'host'::text)
            ELSE (s.step = ANY (ARRAY['J+0'::text, 'J+2'::text]))
        END)))
     CROSS JOIN LATERAL ( SELECT COALESCE(m.decided_at, m.detected_at) AS made_at,
            ((COALESCE(( SELECT v.starts_at
                   FROM relance.appointment_revisions v
                  WHERE ((v.tenant_id = m.tenant_id) AND (v.appointment_id = m.appointment_id) AND (v.revision = m.revision))), a.starts_at) AT TIME ZONE o.timezone))::date AS missed_on) b)
     CROSS JOIN LATERAL ( SELECT (((b.missed_on + 2) + make_interval(mins => COALESCE(( SELECT j_1.offset_min
                   FROM public.no_show_steps j_1
                  WHERE ((j_1.tenant_id = m.tenant_id) AND (j_1.step = 'J+2'::text))), 540))) AT TIME ZONE o.timezone) AS second_day) j)
     CROSS JOIN LATERAL ( SELECT
                CASE s.step
                    WHEN 'J+2'::text THEN j.second_day
                    ELSE (b.made_at + make_interval(mins => s.offset_min))
                END AS due_at,
                CASE s.step
                    WHEN 'J+2'::text THEN (((b.missed_on + 4))::timestamp without time zone AT TIME ZONE o.timezone)
                    WHEN 'host'::text THEN ((b.made_at + make_interval(mins => s.offset_min)) + '24:00:00'::interval)
                    ELSE LEAST(((b.made_at + make_interval(mins => s.offset_min)) + '24:00:00'::interval), j.second_day)
                END AS expires_at,
                CASE s.step
                    WHEN 'J+0'::text THEN j.second_day
                    WHEN 'J+2'::text THEN (((b.missed_on + 7))::timestamp without time zone AT TIME ZONE o.timezone)
                    ELSE NULL::timestamp with time zone
                END AS hard_stop_at) w)
     CROSS JOIN LATERAL unnest(s.channels) c(channel))
     LEFT JOIN LATERAL ( SELECT 'lead'::text AS recipient_type,
            m.lead_id AS recipient_id
          WHERE (s.step <> 'host'::text)
        UNION ALL
         SELECT 'user'::text AS recipient_type,
            u.id AS recipient_id
           FROM public.users u
          WHERE ((s.step = 'host'::text) AND (u.tenant_id = m.tenant_id) AND (u.role = ANY (ARRAY['ADMIN'::text, 'MANAGER'::text])) AND u.is_active)) r ON (true))
  WHERE (m.state = 'active'::text);

CREATE TABLE relance.no_show_rate_due (
    tenant_id text NOT NULL,
    next_due_at timestamp with time zone NOT NULL
);

CREATE VIEW relance.no_show_rate_slots AS
 SELECT s.tenant_id,
    s.channels,
    s.activated_at AS active_from,
    w.monday,
    ((w.monday + w."into") AT TIME ZONE o.timezone) AS due_at,
    (((w.monday + 2) + w."into") AT TIME ZONE o.timezone) AS expires_at,
    (((w.monday + 7) + w."into") AT TIME ZONE o.timezone) AS next_due_at,
    (((w.monday - 14))::timestamp without time zone AT TIME ZONE o.timezone) AS before_last_week,
    (((w.monday - 7))::timestamp without time zone AT TIME ZONE o.timezone) AS last_week,
    ((w.monday)::timestamp without time zone AT TIME ZONE o.timezone) AS this_week
   FROM ((public.no_show_steps s
     JOIN public.organizations o ON ((o.id = s.tenant_id)))
     CROSS JOIN LATERAL ( SELECT make_interval(mins => s.offset_min) AS "into",
            (date_trunc('week'::text, ((relance.now() AT TIME ZONE o.timezone) - make_interval(mins => s.offset_min))))::date AS monday) w)
  WHERE ((s.step = 'weekly'::text) AND s.is_enabled);

CREATE VIEW relance.open_no_show_messages AS
 SELECT s.tenant_id,
    s.appointment_id,
    s.mark_id,
    s.revival,
    s.step,
    s.channel,
    s.recipient_type,
    s.recipient_id,
    s.message_class,
    s.made_at,
    s.due_at,
    s.expires_at,
    s.hard_stop_at,
    s.active_from,
    s.against,
    s.dedupe_key,
        CASE
            WHEN (s.due_at > relance.now()) THEN 'ahead'::text
            WHEN (s.due_at < s.made_at) THEN 'marked_late'::text
            WHEN (s.due_at >= s.expires_at) THEN 'too_late'::text
            WHEN (s.against IS NOT NULL) THEN s.against
            WHEN (s.recipient_type = 'none'::text) THEN 'no_recipient'::text
            WHEN (s.expires_at <= relance.now()) THEN 'missed'::text
            ELSE 'due'::text
        END AS verdict
   FROM relance.no_show_messages s
  WHERE ((s.due_at >= s.active_from) AND ((s.due_at > relance.now()) OR (NOT (EXISTS ( SELECT
           FROM relance.deliveries d
          WHERE ((d.tenant_id = s.tenant_id) AND (d.dedupe_key = s.dedupe_key))
         OFFSET 0)))) AND ((s.revival = 0) OR (NOT (EXISTS ( SELECT
           FROM relance.deliveries d
          WHERE ((d.tenant_id = s.tenant_id) AND (d.kind = 'no_show'::text) AND (d.subject = (s.mark_id)::text) AND (d.step = s.step) AND (d.channel = s.channel) AND (d.recipient_id = s.recipient_id) AND (d.revision < s.revival) AND (d.state <> ALL (ARRAY['cancelled'::text, 'skipped'::text, 'missed'::text])))
         OFFSET 0)))) AND ((s.expires_at > relance.now()) OR (NOT (EXISTS ( SELECT
           FROM relance.deliveries d
          WHERE ((d.tenant_id = s.tenant_id) AND (d.kind = 'no_show'::text) AND (d.subject = (s.mark_id)::text) AND (d.step = s.step) AND (d.state <> 'cancelled'::text))
         OFFSET 0)))));

CREATE VIEW relance.recoveries AS
 SELECT a.tenant_id,
    a.id AS abandon_id,
    a.form_id,
    a.email,
    a.last_activity_at,
    a.created_at,
    a.mailed_at,
    a.sequence_at,
    a.is_held_out,
    a.ended_at,
    a.ended_reason,
    (a.last_activity_at + '7 days'::interval) AS stop_at,
    (GREATEST(a.last_activity_at, a.mailed_at,
        CASE
            WHEN a.is_held_out THEN a.sequence_at
            ELSE NULL::timestamp with time zone
        END) + '7 days'::interval) AS closes_at,
    ((a.email IS NOT NULL) AND COALESCE(r.is_enabled, false)) AS is_wanted,
    COALESCE(r.activated_at, 'infinity'::timestamp with time zone) AS activated_at,
    COALESCE(r.holdout_percent, (0)::smallint) AS holdout_percent,
    p.lead_id,
    s.id AS submission_id,
    s.created_at AS submitted_at,
        CASE
            WHEN (s.id IS NOT NULL) THEN 'submitted'::text
            WHEN p.is_erased THEN 'erased'::text
            WHEN (f.status <> 'ACTIVE'::text) THEN 'form_not_active'::text
            WHEN p.is_disqualified THEN 'disqualified'::text
            WHEN (p.is_won OR w.is_won) THEN 'converted'::text
            WHEN (b.is_booked OR (p.is_scheduled AND (NOT b.is_known))) THEN 'booked'::text
            WHEN (relance.is_blacklisted(a.tenant_id, NULL::text, a.email, a.phone) OR (EXISTS ( SELECT
               FROM public.leads l
              WHERE ((l.tenant_id = a.tenant_id) AND (l.id = ANY (p.leads)) AND (l.erased_at IS NULL) AND relance.is_blacklisted(l.tenant_id, l.id, l.email, l.phone))))) THEN 'lead_blacklisted'::text
            WHEN ((a.marketing_consent = 'denied'::text) OR p.has_denied) THEN 'no_consent'::text
            WHEN (COALESCE(o.requires_consent, false) AND (a.marketing_consent <> 'granted'::text) AND (NOT p.has_granted)) THEN 'no_consent'::text
            WHEN n.is_superseded THEN 'superseded'::text
            ELSE NULL::text
        END AS exit_reason
   FROM ((((((((public.form_abandons a
     JOIN public.forms f ON (((f.tenant_id = a.tenant_id) AND (f.id = a.form_id))))
     LEFT JOIN public.recovery_settings r ON ((r.tenant_id = a.tenant_id)))
     LEFT JOIN public.organization_settings o ON ((o.tenant_id = a.tenant_id)))
     CROSS JOIN LATERAL ( SELECT (array_agg(l.id ORDER BY l.rank, l.created_at, l.id) FILTER (WHERE (l.erased_at IS NULL)))[1] AS lead_id,
            COALESCE(array_agg(l.id), '{}'::text[]) AS leads,
            COALESCE(bool_or((l.erased_at >= a.created_at)), false) AS is_erased,
            COALESCE(bool_or((l.status = 'DISQUALIFIED'::text)), false) AS is_disqualified,
            COALESCE(bool_or((l.status = 'WON'::text)), false) AS is_won,
            COALESCE(bool_or((l.status = 'APPOINTMENT_SCHEDULED'::text)), false) AS is_scheduled,
            COALESCE(bool_or((l.marketing_consent = 'denied'::text)), false) AS has_denied,
            COALESCE(bool_or((l.marketing_consent = 'granted'::text)), false) AS has_granted
           FROM ( SELECT l_1.id,
                    1 AS rank,
                    l_1.created_at,
                    l_1.erased_at,
                    l_1.status,
                    l_1.marketing_consent
                   FROM public.leads l_1
                  WHERE ((l_1.tenant_id = a.tenant_id) AND (lower(l_1.email) = lower(a.email)))
                UNION ALL
                 SELECT l_1.id,
                    2,
                    l_1.created_at,
                    l_1.erased_at,
                    l_1.status,
                    l_1.marketing_consent
                   FROM public.leads l_1
                  WHERE ((l_1.tenant_id = a.tenant_id) AND (l_1.phone = a.phone))) l
         OFFSET 0) p)
     CROSS JOIN LATERAL ( SELECT (EXISTS ( SELECT
                   FROM public.deals d
                  WHERE ((d.tenant_id = a.tenant_id) AND (d.lead_id = ANY (p.leads)) AND (d.stage = 'WON'::text)))) AS is_won
         OFFSET 0) w)
     CROSS JOIN LATERAL ( SELECT COALESCE(bool_or(((ap.status <> 'CANCELLED'::text) AND ((ap.created_at >= a.created_at) OR ((ap.starts_at > relance.now()) AND (ap.status = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text])))))), false) AS is_booked,
            (count(*) > 0) AS is_known
           FROM public.appointments ap
          WHERE ((ap.tenant_id = a.tenant_id) AND (ap.lead_id = ANY (p.leads)))
         OFFSET 0) b)
     LEFT JOIN LATERAL ( SELECT s_1.id,
            s_1.created_at
           FROM ( SELECT s_2.id,
                    s_2.created_at
                   FROM public.form_submissions s_2
                  WHERE ((s_2.tenant_id = a.tenant_id) AND (s_2.form_id = a.form_id) AND (s_2.session_id = a.session_id) AND (s_2.session_id IS NOT NULL))
                UNION ALL
                 SELECT s_2.id,
                    s_2.created_at
                   FROM public.form_submissions s_2
                  WHERE ((s_2.tenant_id = a.tenant_id) AND (lower(s_2.email) = lower(a.email)) AND (s_2.email IS NOT NULL) AND (s_2.created_at >= (a.created_at -
                        CASE
                            WHEN (s_2.form_id = a.form_id) THEN '1 day'::interval
                            ELSE '00:00:00'::interval
                        END)))
                UNION ALL
                 SELECT s_2.id,
                    s_2.created_at
                   FROM public.form_submissions s_2
                  WHERE ((s_2.tenant_id = a.tenant_id) AND (s_2.phone = a.phone) AND (s_2.phone IS NOT NULL) AND (s_2.created_at >= (a.created_at -
                        CASE
                            WHEN (s_2.form_id = a.form_id) THEN '1 day'::interval
                            ELSE '00:00:00'::interval
                        END)))) s_1
          ORDER BY s_1.created_at, s_1.id
         LIMIT 1) s ON (true))
     CROSS JOIN LATERAL ( SELECT (EXISTS ( SELECT
                   FROM public.form_abandons n_1
                  WHERE ((n_1.tenant_id = a.tenant_id) AND (n_1.email IS NOT NULL) AND (lower(n_1.email) = lower(a.email)) AND (ROW(n_1.last_activity_at, n_1.id) > ROW(a.last_activity_at, a.id))))) AS is_superseded
         OFFSET 0) n);

CREATE VIEW relance.recovery_schedule AS
 SELECT s.step,
    s.place,
    s.after
   FROM ( VALUES ('+1h'::text,1,'01:00:00'::interval), ('+24h'::text,2,'24:00:00'::interval), ('+72h'::text,3,'72:00:00'::interval)) s(step, place, after);

CREATE VIEW relance.open_recoveries AS
 SELECT r.tenant_id,
    r.abandon_id,
    r.form_id,
    r.email,
    r.last_activity_at,
    r.created_at,
    r.mailed_at,
    r.sequence_at,
    r.is_held_out,
    r.ended_at,
    r.ended_reason,
    r.stop_at,
    r.closes_at,
    r.is_wanted,
    r.activated_at,
    r.holdout_percent,
    r.lead_id,
    r.submission_id,
    r.submitted_at,
    r.exit_reason,
    q.quiet_until,
    c.step,
    GREATEST(c.due_at, q.quiet_until) AS due_at,
    COALESCE(c.collapsed, '{}'::text[]) AS collapsed,
    n.next_due_at,
        CASE
            WHEN (r.exit_reason IS NOT NULL) THEN 'exit'::text
            WHEN (NOT r.is_wanted) THEN 'idle'::text
            WHEN l.is_in_flight THEN 'in_flight'::text
            WHEN (r.is_held_out OR (c.step IS NULL)) THEN 'idle'::text
            WHEN (r.created_at >= r.stop_at) THEN 'too_late'::text
            WHEN (q.quiet_until >= r.stop_at) THEN 'recent_mail'::text
            WHEN (r.stop_at <= relance.now()) THEN 'missed'::text
            WHEN (q.quiet_until > relance.now()) THEN 'wait'::text
            WHEN ((r.is_held_out IS NULL) AND relance.is_held_out(r.tenant_id, r.email, r.holdout_percent)) THEN 'hold_out'::text
            ELSE 'due'::text
        END AS verdict
   FROM ((((relance.recoveries r
     CROSS JOIN LATERAL ( SELECT COALESCE(max(s.place), 0) AS last_place,
            COALESCE(bool_or((d.state = ANY (ARRAY['pending'::text, 'sending'::text]))), false) AS is_in_flight
           FROM (relance.deliveries d
             JOIN relance.recovery_schedule s ON ((s.step = d.step)))
          WHERE ((d.tenant_id = r.tenant_id) AND (d.subject = r.abandon_id) AND (d.kind = 'recovery'::text) AND (NOT ((d.state = 'cancelled'::text) AND (d.reason = ANY (ARRAY['active_again'::text, 'too_soon'::text])))))
         OFFSET 0) l)
     CROSS JOIN LATERAL ( SELECT relance.recovery_quiet_until(r.tenant_id, r.email, NULL::bigint) AS quiet_until
         OFFSET 0) q)
     LEFT JOIN LATERAL ( SELECT s.step,
            s.place,
            (r.last_activity_at + s.after) AS due_at,
            ARRAY( SELECT e.step
                   FROM relance.recovery_schedule e
                  WHERE ((e.place > l.last_place) AND (e.place < s.place) AND ((r.last_activity_at + e.after) >= r.activated_at))
                  ORDER BY e.place) AS collapsed
           FROM relance.recovery_schedule s
          WHERE (r.is_wanted AND (s.place > l.last_place) AND ((r.last_activity_at + s.after) <= relance.now()) AND ((r.last_activity_at + s.after) >= r.activated_at))
          ORDER BY s.place DESC
         LIMIT 1) c ON (true))
     CROSS JOIN LATERAL ( SELECT min((r.last_activity_at + s.after)) AS next_due_at
           FROM relance.recovery_schedule s
          WHERE (r.is_wanted AND (r.is_held_out IS NOT TRUE) AND (s.place > GREATEST(l.last_place, c.place)) AND ((r.last_activity_at + s.after) > relance.now()) AND ((r.last_activity_at + s.after) >= r.activated_at))) n)
  WHERE (r.ended_at IS NULL);

CREATE VIEW relance.open_steps AS
 SELECT s.tenant_id,
    s.appointment_id,
    s.step,
    s.channel,
    s.recipient_type,
    s.recipient_id,
    s.revision,
    s.due_at,
    s.expires_at,
    s.is_booked_late,
    s.active_from,
    s.dedupe_key,
        CASE
            WHEN (s.due_at > relance.now()) THEN 'ahead'::text
            WHEN (s.due_at >= s.expires_at) THEN 'too_late'::text
            WHEN s.is_booked_late THEN 'booked_late'::text
            WHEN (s.recipient_type = 'none'::text) THEN 'no_recipient'::text
            WHEN (s.expires_at <= relance.now()) THEN 'missed'::text
            ELSE 'due'::text
        END AS verdict
   FROM relance.appointment_steps s
  WHERE ((s.due_at >= s.active_from) AND ((s.due_at > relance.now()) OR (NOT (EXISTS ( SELECT
           FROM relance.deliveries d
          WHERE ((d.tenant_id = s.tenant_id) AND (d.dedupe_key = s.dedupe_key))
         OFFSET 0)))) AND ((s.expires_at > relance.now()) OR (NOT (EXISTS ( SELECT
           FROM relance.deliveries d
          WHERE ((d.tenant_id = s.tenant_id) AND (d.kind = 'reminder'::text) AND (d.subject = s.appointment_id) AND (d.step = s.step) AND (d.revision = s.revision) AND (d.state <> 'cancelled'::text))
         OFFSET 0)))));

CREATE TABLE relance.operator_actions (
    id bigint NOT NULL,
    operator text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    reason text,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    done_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE relance.operator_actions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.operator_actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE relance.provider_accounts (
    tenant_id text NOT NULL,
    channel text NOT NULL,
    provider text NOT NULL,
    account text NOT NULL,
    sender text NOT NULL,
    secret_ref text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT provider_accounts_account_check CHECK (((account <> ''::text) AND (account <> 'default'::text))),
    CONSTRAINT provider_accounts_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text]))),
    CONSTRAINT provider_accounts_provider_check CHECK ((provider = ANY (ARRAY['resend'::text, 'sendgrid'::text, 'smtp'::text, 'twilio'::text, 'green_api'::text]))),
    CONSTRAINT provider_accounts_secret_ref_check CHECK ((secret_ref ~ '^ACCOUNT_[A-Z0-9_]{1,60}$'::text)),
    CONSTRAINT provider_accounts_sender_check CHECK ((sender <> ''::text))
);

CREATE TABLE relance.queue_controls (
    queue text NOT NULL,
    paused_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    paused_by text NOT NULL,
    reason text
);

CREATE VIEW relance.recovery_weeks AS
 SELECT a.tenant_id,
    a.form_id,
    w.week,
    (count(*) FILTER (WHERE (NOT a.is_held_out)))::integer AS mailed,
    (count(*) FILTER (WHERE ((NOT a.is_held_out) AND s.is_submitted)))::integer AS recovered,
    (count(*) FILTER (WHERE a.is_held_out))::integer AS held_out,
    (count(*) FILTER (WHERE (a.is_held_out AND s.is_submitted)))::integer AS held_out_submitted
   FROM (((((public.form_abandons a
     JOIN public.organizations o ON ((o.id = a.tenant_id)))
     CROSS JOIN LATERAL ( SELECT min(d_1.sent_at) AS sent_at
           FROM relance.deliveries d_1
          WHERE ((d_1.tenant_id = a.tenant_id) AND (d_1.subject = a.id) AND (d_1.kind = 'recovery'::text) AND (d_1.state = ANY (ARRAY['sent'::text, 'delivered'::text])))
         OFFSET 0) d)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN a.is_held_out THEN a.sequence_at
                    ELSE d.sent_at
                END AS began_at) b)
     CROSS JOIN LATERAL ( SELECT (date_trunc('week'::text, (b.began_at AT TIME ZONE o.timezone)))::date AS week) w)
     CROSS JOIN LATERAL ( SELECT (EXISTS ( SELECT
                   FROM ( SELECT s_2.created_at,
                            s_2.abandon_id,
                            s_2.is_recovery
                           FROM public.form_submissions s_2
                          WHERE ((s_2.tenant_id = a.tenant_id) AND (s_2.id = a.submission_id))
                        UNION ALL
                         SELECT s_2.created_at,
                            s_2.abandon_id,
                            s_2.is_recovery
                           FROM public.form_submissions s_2
                          WHERE ((s_2.tenant_id = a.tenant_id) AND (s_2.form_id = a.form_id) AND (s_2.session_id = a.session_id) AND (s_2.session_id IS NOT NULL))
                        UNION ALL
                         SELECT s_2.created_at,
                            s_2.abandon_id,
                            s_2.is_recovery
                           FROM public.form_submissions s_2
                          WHERE ((s_2.tenant_id = a.tenant_id) AND (lower(s_2.email) = lower(a.email)) AND (s_2.email IS NOT NULL))
                        UNION ALL
                         SELECT s_2.created_at,
                            s_2.abandon_id,
                            s_2.is_recovery
                           FROM public.form_submissions s_2
                          WHERE ((s_2.tenant_id = a.tenant_id) AND (s_2.phone = a.phone) AND (s_2.phone IS NOT NULL))) s_1
                  WHERE ((s_1.created_at >= b.began_at) AND (s_1.created_at < (b.began_at + '7 days'::interval)) AND
                        CASE
                            WHEN (s_1.is_recovery AND (s_1.abandon_id IS NOT NULL)) THEN (s_1.abandon_id = a.id)
                            ELSE (NOT (EXISTS ( SELECT
                               FROM public.form_abandons n
                              WHERE ((n.tenant_id = a.tenant_id) AND (n.email IS NOT NULL) AND (lower(n.email) = lower(a.email)) AND (COALESCE(n.mailed_at, n.sequence_at) <= s_1.created_at) AND ((n.mailed_at IS NOT NULL) OR n.is_held_out) AND (ROW(COALESCE(n.mailed_at, n.sequence_at), n.id) > ROW(b.began_at, a.id))))))
                        END))) AS is_submitted
         OFFSET 0) s)
  WHERE ((a.sequence_at > (relance.now() - '49 days'::interval)) AND (b.began_at IS NOT NULL))
  GROUP BY a.tenant_id, a.form_id, w.week;

CREATE TABLE relance.runs (
    id uuid NOT NULL,
    program text NOT NULL,
    status text NOT NULL,
    role text DEFAULT 'undecided'::text NOT NULL,
    is_degraded boolean DEFAULT false NOT NULL,
    epoch bigint,
    host text NOT NULL,
    holder text NOT NULL,
    business_now timestamp with time zone NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    exit_code smallint,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text,
    CONSTRAINT runs_finished CHECK (((status = 'running'::text) = (finished_at IS NULL))),
    CONSTRAINT runs_leader_has_epoch CHECK (((role <> 'leader'::text) OR (epoch IS NOT NULL))),
    CONSTRAINT runs_role_check CHECK ((role = ANY (ARRAY['undecided'::text, 'leader'::text, 'follower'::text]))),
    CONSTRAINT runs_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'interrupted'::text])))
);

CREATE TABLE relance.schedule_ticks (
    schedule text NOT NULL,
    scope text NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    run_id uuid,
    done_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE relance.suppressions (
    tenant_id text NOT NULL,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    scope text NOT NULL,
    reason text NOT NULL,
    masked text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT suppressions_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'whatsapp'::text]))),
    CONSTRAINT suppressions_scope_check CHECK ((scope = ANY (ARRAY['marketing'::text, 'all'::text])))
);

CREATE TABLE relance.system_alerts (
    id bigint NOT NULL,
    fingerprint text NOT NULL,
    tenant_id text,
    kind text NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    occurrences integer DEFAULT 1 NOT NULL,
    first_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT system_alerts_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);

ALTER TABLE relance.system_alerts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME relance.system_alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY relance.job_history ATTACH PARTITION relance.job_history_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');

ALTER TABLE ONLY relance.job_history ATTACH PARTITION relance.job_history_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');

ALTER TABLE ONLY relance.job_history ATTACH PARTITION relance.job_history_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');

ALTER TABLE ONLY relance.job_history ATTACH PARTITION relance.job_history_default DEFAULT;

ALTER TABLE ONLY public.alert_thresholds
    ADD CONSTRAINT alert_thresholds_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.blacklist_entries
    ADD CONSTRAINT blacklist_entries_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.calendar_configs
    ADD CONSTRAINT calendar_configs_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.call_participants
    ADD CONSTRAINT call_participants_pkey PRIMARY KEY (tenant_id, call_id, identity, joined_at);

ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.closer_settings
    ADD CONSTRAINT closer_settings_pkey PRIMARY KEY (tenant_id, user_id);

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.form_abandons
    ADD CONSTRAINT form_abandons_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.form_submissions
    ADD CONSTRAINT form_submissions_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.forms
    ADD CONSTRAINT forms_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.lead_activities
    ADD CONSTRAINT lead_activities_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.max_alerts
    ADD CONSTRAINT max_alerts_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.message_templates
    ADD CONSTRAINT message_templates_pkey PRIMARY KEY (tenant_id, name, language, form);

ALTER TABLE ONLY public.monitoring_metrics
    ADD CONSTRAINT monitoring_metrics_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.no_show_marks
    ADD CONSTRAINT no_show_marks_once UNIQUE (tenant_id, appointment_id, revision);

ALTER TABLE ONLY public.no_show_marks
    ADD CONSTRAINT no_show_marks_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.no_show_steps
    ADD CONSTRAINT no_show_steps_pkey PRIMARY KEY (tenant_id, step);

ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_pkey PRIMARY KEY (tenant_id, user_id, kind, channel);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.organization_settings
    ADD CONSTRAINT organization_settings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recovery_rates
    ADD CONSTRAINT recovery_rates_pkey PRIMARY KEY (tenant_id, form_id, week);

ALTER TABLE ONLY public.recovery_settings
    ADD CONSTRAINT recovery_settings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.relance_migrations
    ADD CONSTRAINT relance_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.reminder_steps
    ADD CONSTRAINT reminder_steps_pkey PRIMARY KEY (tenant_id, step);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY public.whatsapp_templates
    ADD CONSTRAINT whatsapp_templates_pkey PRIMARY KEY (tenant_id, name);

ALTER TABLE ONLY relance.abandon_due
    ADD CONSTRAINT abandon_due_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.api_keys
    ADD CONSTRAINT api_keys_hash UNIQUE (tenant_id, key_hash);

ALTER TABLE ONLY relance.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id);

ALTER TABLE ONLY relance.appointment_due
    ADD CONSTRAINT appointment_due_pkey PRIMARY KEY (tenant_id, appointment_id);

ALTER TABLE ONLY relance.appointment_revisions
    ADD CONSTRAINT appointment_revisions_pkey PRIMARY KEY (tenant_id, appointment_id, revision);

ALTER TABLE ONLY relance.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (tenant_id, channel, address_hash, account);

ALTER TABLE ONLY relance.dead_jobs
    ADD CONSTRAINT dead_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.deliveries
    ADD CONSTRAINT deliveries_dedupe UNIQUE (tenant_id, dedupe_key);

ALTER TABLE ONLY relance.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.delivery_attempts
    ADD CONSTRAINT delivery_attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY relance.inbound_messages
    ADD CONSTRAINT inbound_messages_event UNIQUE (provider, account, event_key);

ALTER TABLE ONLY relance.inbound_messages
    ADD CONSTRAINT inbound_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.instance
    ADD CONSTRAINT instance_pkey PRIMARY KEY (is_singleton);

ALTER TABLE ONLY relance.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.lead_alert_days
    ADD CONSTRAINT lead_alert_days_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY relance.lead_alert_marks
    ADD CONSTRAINT lead_alert_marks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.lead_alert_progress
    ADD CONSTRAINT lead_alert_progress_pkey PRIMARY KEY (is_singleton);

ALTER TABLE ONLY relance.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY relance.marketing_sends
    ADD CONSTRAINT marketing_sends_pkey PRIMARY KEY (tenant_id, address_hash, delivery_id);

ALTER TABLE ONLY relance.message_costs
    ADD CONSTRAINT message_costs_pkey PRIMARY KEY (tenant_id, channel, month);

ALTER TABLE ONLY relance.no_show_due
    ADD CONSTRAINT no_show_due_pkey PRIMARY KEY (tenant_id, appointment_id);

ALTER TABLE ONLY relance.no_show_rate_due
    ADD CONSTRAINT no_show_rate_due_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY relance.operator_actions
    ADD CONSTRAINT operator_actions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.provider_accounts
    ADD CONSTRAINT provider_accounts_pkey PRIMARY KEY (tenant_id, channel, provider, account);

ALTER TABLE ONLY relance.queue_controls
    ADD CONSTRAINT queue_controls_pkey PRIMARY KEY (queue);

ALTER TABLE ONLY relance.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY relance.schedule_ticks
    ADD CONSTRAINT schedule_ticks_pkey PRIMARY KEY (schedule, scope, scheduled_for);

ALTER TABLE ONLY relance.suppressions
    ADD CONSTRAINT suppressions_pkey PRIMARY KEY (tenant_id, channel, address_hash, scope);

ALTER TABLE ONLY relance.system_alerts
    ADD CONSTRAINT system_alerts_pkey PRIMARY KEY (id);

CREATE INDEX appointments_closer ON public.appointments USING btree (tenant_id, closer_id, starts_at);

CREATE INDEX appointments_lead ON public.appointments USING btree (tenant_id, lead_id, starts_at);

CREATE INDEX appointments_listing ON public.appointments USING btree (tenant_id, starts_at, id);

CREATE INDEX blacklist_entries_email ON public.blacklist_entries USING btree (tenant_id, email);

CREATE INDEX blacklist_entries_expiry ON public.blacklist_entries USING btree (expires_at) WHERE (ended_at IS NULL);

CREATE INDEX blacklist_entries_lead ON public.blacklist_entries USING btree (tenant_id, lead_id);

CREATE INDEX blacklist_entries_phone ON public.blacklist_entries USING btree (tenant_id, phone);

CREATE INDEX blacklist_entries_phone_digits ON public.blacklist_entries USING btree (tenant_id, "right"(regexp_replace(phone, '\D'::text, ''::text, 'g'::text), 7));

CREATE INDEX calls_appointment ON public.calls USING btree (tenant_id, appointment_id);

CREATE UNIQUE INDEX calls_open ON public.calls USING btree (tenant_id, appointment_id) WHERE (ended_at IS NULL);

CREATE INDEX deals_open ON public.deals USING btree (tenant_id, lead_id) INCLUDE (amount_cents) WHERE ((closed_at IS NULL) AND (stage <> ALL (ARRAY['WON'::text, 'LOST'::text])));

CREATE INDEX deals_won ON public.deals USING btree (tenant_id, lead_id) WHERE (stage = 'WON'::text);

CREATE INDEX form_abandons_person ON public.form_abandons USING btree (tenant_id, lower(email), last_activity_at DESC, id DESC) WHERE (email IS NOT NULL);

CREATE INDEX form_abandons_phone ON public.form_abandons USING btree (tenant_id, phone) WHERE (phone IS NOT NULL);

CREATE INDEX form_abandons_sequence ON public.form_abandons USING btree (tenant_id, sequence_at) WHERE (sequence_at IS NOT NULL);

CREATE UNIQUE INDEX form_abandons_session ON public.form_abandons USING btree (tenant_id, form_id, session_id);

CREATE INDEX form_submissions_email ON public.form_submissions USING btree (tenant_id, lower(email), created_at DESC) WHERE (email IS NOT NULL);

CREATE INDEX form_submissions_lead ON public.form_submissions USING btree (tenant_id, lead_id, created_at DESC) WHERE (lead_id IS NOT NULL);

CREATE INDEX form_submissions_phone ON public.form_submissions USING btree (tenant_id, phone, created_at DESC) WHERE (phone IS NOT NULL);

CREATE INDEX form_submissions_session ON public.form_submissions USING btree (tenant_id, form_id, session_id) WHERE (session_id IS NOT NULL);

CREATE INDEX idx_events_type_created ON public.events USING btree (tenant_id, event_type, created_at DESC);

CREATE INDEX idx_events_user ON public.events USING btree (tenant_id, user_id, created_at DESC);

CREATE INDEX idx_lead_activities_created ON public.lead_activities USING btree (created_at DESC);

CREATE INDEX idx_lead_activities_tenant_lead ON public.lead_activities USING btree (tenant_id, lead_id, created_at DESC) INCLUDE (direction, channel, is_contact);

CREATE UNIQUE INDEX idx_max_alerts_unique_active ON public.max_alerts USING btree (tenant_id, lead_id, type) WHERE (resolved_at IS NULL);

CREATE INDEX leads_blank_email ON public.leads USING btree (tenant_id, lower(btrim(email))) WHERE (email <> btrim(email));

CREATE INDEX leads_created ON public.leads USING btree (created_at);

CREATE INDEX leads_email ON public.leads USING btree (tenant_id, lower(email));

CREATE INDEX leads_phone ON public.leads USING btree (tenant_id, phone);

CREATE INDEX leads_phone_digits ON public.leads USING btree (tenant_id, "right"(regexp_replace(phone, '\D'::text, ''::text, 'g'::text), 7));

CREATE INDEX max_alerts_anchor ON public.max_alerts USING btree (tenant_id, lead_id, type, anchor_at) WHERE (resolved_at IS NOT NULL);

CREATE INDEX max_alerts_listing ON public.max_alerts USING btree (tenant_id, (
CASE severity
    WHEN 'high'::text THEN 1
    WHEN 'med'::text THEN 2
    ELSE 3
END), created_at DESC, id DESC) INCLUDE (type, severity) WHERE (resolved_at IS NULL);

CREATE INDEX monitoring_metrics_series ON public.monitoring_metrics USING btree (tenant_id, service, metric, "timestamp" DESC);

CREATE INDEX no_show_marks_lead ON public.no_show_marks USING btree (tenant_id, lead_id) WHERE (state = 'active'::text);

CREATE INDEX notifications_of_user ON public.notifications USING btree (tenant_id, user_id, created_at DESC, id) WHERE (deleted_at IS NULL);

CREATE INDEX notifications_unread ON public.notifications USING btree (tenant_id, user_id, created_at DESC, id) WHERE ((deleted_at IS NULL) AND (read_at IS NULL));

CREATE INDEX abandon_due_abandon ON relance.abandon_due USING btree (tenant_id, abandon_id);

CREATE INDEX abandon_due_next ON relance.abandon_due USING btree (next_due_at);

CREATE INDEX appointment_due_next ON relance.appointment_due USING btree (next_due_at);

CREATE INDEX conversations_address ON relance.conversations USING btree (channel, address_hash, account);

CREATE INDEX dead_jobs_died ON relance.dead_jobs USING btree (died_at, id);

CREATE INDEX dead_jobs_tenant ON relance.dead_jobs USING btree (tenant_id, id);

CREATE INDEX deliveries_open ON relance.deliveries USING btree (expires_at) WHERE (settled_at IS NULL);

CREATE INDEX deliveries_settled ON relance.deliveries USING btree (tenant_id, settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX deliveries_subject ON relance.deliveries USING btree (tenant_id, subject);

CREATE INDEX delivery_attempts_delivery ON relance.delivery_attempts USING btree (delivery_id, opened_at);

CREATE UNIQUE INDEX delivery_attempts_open ON relance.delivery_attempts USING btree (delivery_id) WHERE (closed_at IS NULL);

CREATE INDEX delivery_attempts_provider_id ON relance.delivery_attempts USING btree (provider_id) WHERE (provider = 'green_api'::text);

CREATE INDEX delivery_attempts_purge ON relance.delivery_attempts USING btree (opened_at) WHERE (request IS NOT NULL);

CREATE INDEX idempotency_keys_created ON relance.idempotency_keys USING btree (created_at);

CREATE INDEX inbound_messages_received ON relance.inbound_messages USING btree (received_at);

CREATE INDEX inbound_messages_unmatched ON relance.inbound_messages USING btree (id) WHERE (outcome = ANY (ARRAY['unmatched'::text, 'unrouted'::text]));

CREATE INDEX inbound_messages_waiting ON relance.inbound_messages USING btree (id) WHERE (waits_since IS NOT NULL);

CREATE INDEX job_history_id ON ONLY relance.job_history USING btree (id);

CREATE INDEX job_history_2026_11_id_idx ON relance.job_history_2026_11 USING btree (id);

CREATE INDEX job_history_2026_12_id_idx ON relance.job_history_2026_12 USING btree (id);

CREATE INDEX job_history_2027_01_id_idx ON relance.job_history_2027_01 USING btree (id);

CREATE INDEX job_history_default_id_idx ON relance.job_history_default USING btree (id);

CREATE INDEX jobs_claimable ON relance.jobs USING btree (kind, priority, expires_at, id) WHERE ((state = 'available'::text) AND (NOT is_suspect));

CREATE INDEX jobs_leased ON relance.jobs USING btree (leased_until) WHERE (state = 'running'::text);

CREATE UNIQUE INDEX jobs_live_dedupe ON relance.jobs USING btree (tenant_id, kind, dedupe_key) WHERE (dedupe_key IS NOT NULL);

CREATE INDEX jobs_suspect ON relance.jobs USING btree (kind, id) WHERE ((state = 'available'::text) AND is_suspect);

CREATE INDEX jobs_waiting ON relance.jobs USING btree (kind, run_at) WHERE (state = ANY (ARRAY['scheduled'::text, 'retryable'::text]));

CREATE INDEX no_show_due_next ON relance.no_show_due USING btree (next_due_at);

CREATE INDEX no_show_rate_due_next ON relance.no_show_rate_due USING btree (next_due_at);

CREATE INDEX provider_accounts_sender ON relance.provider_accounts USING btree (channel, provider, sender);

CREATE INDEX runs_started ON relance.runs USING btree (program, started_at DESC);

CREATE UNIQUE INDEX system_alerts_open ON relance.system_alerts USING btree (fingerprint) WHERE (resolved_at IS NULL);

ALTER INDEX relance.job_history_id ATTACH PARTITION relance.job_history_2026_11_id_idx;

ALTER INDEX relance.job_history_id ATTACH PARTITION relance.job_history_2026_12_id_idx;

ALTER INDEX relance.job_history_id ATTACH PARTITION relance.job_history_2027_01_id_idx;

ALTER INDEX relance.job_history_id ATTACH PARTITION relance.job_history_default_id_idx;

CREATE TRIGGER activate_no_show_step BEFORE INSERT OR UPDATE ON public.no_show_steps FOR EACH ROW EXECUTE FUNCTION relance.activate_no_show_step();

CREATE TRIGGER activate_recovery BEFORE INSERT OR UPDATE ON public.recovery_settings FOR EACH ROW EXECUTE FUNCTION relance.activate_recovery();

CREATE TRIGGER activate_reminder_step BEFORE INSERT OR UPDATE ON public.reminder_steps FOR EACH ROW EXECUTE FUNCTION relance.activate_reminder_step();

CREATE TRIGGER activate_sms_on_insert AFTER INSERT ON public.organization_settings FOR EACH ROW WHEN (new.sms_enabled) EXECUTE FUNCTION relance.activate_sms();

CREATE TRIGGER activate_sms_on_update AFTER UPDATE OF sms_enabled ON public.organization_settings FOR EACH ROW WHEN ((new.sms_enabled AND (NOT old.sms_enabled))) EXECUTE FUNCTION relance.activate_sms();

CREATE TRIGGER add_alert_thresholds AFTER INSERT ON public.organizations FOR EACH ROW EXECUTE FUNCTION relance.add_alert_thresholds();

CREATE TRIGGER add_recovery_settings AFTER INSERT ON public.organizations FOR EACH ROW EXECUTE FUNCTION relance.add_recovery_settings();

CREATE TRIGGER arm_appointment BEFORE INSERT OR UPDATE ON public.appointments FOR EACH ROW EXECUTE FUNCTION relance.arm_appointment();

CREATE TRIGGER complete_appointment AFTER UPDATE OF ended_at ON public.calls FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION relance.complete_appointment();

CREATE TRIGGER configure_no_shows AFTER INSERT ON public.organizations FOR EACH ROW EXECUTE FUNCTION relance.configure_no_shows_of_new();

CREATE TRIGGER configure_organization AFTER INSERT ON public.organizations FOR EACH ROW EXECUTE FUNCTION relance.configure_organization();

CREATE TRIGGER end_call_of_before AFTER UPDATE ON public.appointments FOR EACH ROW WHEN ((new.armed_at > old.armed_at)) EXECUTE FUNCTION relance.end_call_of_before();

CREATE TRIGGER mark_blacklisted_leads AFTER INSERT OR DELETE OR UPDATE ON public.blacklist_entries FOR EACH ROW EXECUTE FUNCTION relance.mark_blacklisted_leads();

CREATE TRIGGER mark_changed_abandons AFTER UPDATE ON public.form_abandons REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_abandons();

CREATE TRIGGER mark_changed_appointments AFTER UPDATE ON public.appointments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_appointments();

CREATE TRIGGER mark_deleted_activities AFTER DELETE ON public.lead_activities REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_activities();

CREATE TRIGGER mark_deleted_leads AFTER DELETE ON public.leads REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_leads();

CREATE TRIGGER mark_late_activity AFTER INSERT ON public.lead_activities FOR EACH ROW WHEN ((new.created_at < (clock_timestamp() - '00:00:05'::interval))) EXECUTE FUNCTION relance.mark_late_activity();

CREATE TRIGGER mark_leads_of_deleted_deals AFTER DELETE ON public.deals REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_leads_of_deals();

CREATE TRIGGER mark_leads_of_new_deals AFTER INSERT ON public.deals REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_leads_of_deals();

CREATE TRIGGER mark_leads_of_updated_deals AFTER UPDATE ON public.deals REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_leads_of_deals();

CREATE TRIGGER mark_new_abandons AFTER INSERT ON public.form_abandons REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_abandons();

CREATE TRIGGER mark_new_appointments AFTER INSERT ON public.appointments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_new_appointments();

CREATE TRIGGER mark_new_leads AFTER INSERT ON public.leads REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_leads();

CREATE TRIGGER mark_on_closer_settings AFTER INSERT OR UPDATE OF whatsapp_opt_in ON public.closer_settings FOR EACH ROW EXECUTE FUNCTION relance.mark_on_closer_settings();

CREATE TRIGGER mark_on_configuration AFTER INSERT OR UPDATE ON public.reminder_steps FOR EACH ROW EXECUTE FUNCTION relance.mark_on_configuration();

CREATE TRIGGER mark_on_hiring AFTER INSERT ON public.users FOR EACH ROW WHEN ((new.is_active AND (new.role = ANY (ARRAY['ADMIN'::text, 'MANAGER'::text])))) EXECUTE FUNCTION relance.mark_on_staff();

CREATE TRIGGER mark_on_new_recovery_settings AFTER INSERT ON public.recovery_settings FOR EACH ROW EXECUTE FUNCTION relance.mark_on_recovery_settings();

CREATE TRIGGER mark_on_recovery_settings AFTER UPDATE OF is_enabled, activated_at ON public.recovery_settings FOR EACH ROW WHEN (((new.is_enabled IS DISTINCT FROM old.is_enabled) OR (new.activated_at IS DISTINCT FROM old.activated_at))) EXECUTE FUNCTION relance.mark_on_recovery_settings();

CREATE TRIGGER mark_on_staff AFTER UPDATE OF is_active, role ON public.users FOR EACH ROW WHEN (((new.is_active IS DISTINCT FROM old.is_active) OR (new.role IS DISTINCT FROM old.role))) EXECUTE FUNCTION relance.mark_on_staff();

CREATE TRIGGER mark_tenant_on_language AFTER UPDATE OF locale, timezone ON public.organizations FOR EACH ROW WHEN (((new.locale IS DISTINCT FROM old.locale) OR (new.timezone IS DISTINCT FROM old.timezone))) EXECUTE FUNCTION relance.mark_tenant_for_alerts();

CREATE TRIGGER mark_tenant_on_thresholds AFTER INSERT OR UPDATE ON public.alert_thresholds FOR EACH ROW EXECUTE FUNCTION relance.mark_tenant_for_alerts();

CREATE TRIGGER mark_updated_activities AFTER UPDATE ON public.lead_activities REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_activities();

CREATE TRIGGER mark_updated_leads AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.mark_changed_leads();

CREATE TRIGGER point_at_detection_of_changed AFTER UPDATE ON public.appointments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.point_at_detection();

CREATE TRIGGER point_at_detection_of_new AFTER INSERT ON public.appointments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION relance.point_at_detection();

CREATE TRIGGER point_at_mark AFTER UPDATE ON public.no_show_marks FOR EACH ROW WHEN ((new.state = 'active'::text)) EXECUTE FUNCTION relance.point_at_mark();

CREATE TRIGGER point_at_new_mark AFTER INSERT ON public.no_show_marks FOR EACH ROW WHEN ((new.state = 'active'::text)) EXECUTE FUNCTION relance.point_at_mark();

CREATE TRIGGER point_on_chief AFTER UPDATE OF is_active, role ON public.users FOR EACH ROW WHEN ((((new.is_active IS DISTINCT FROM old.is_active) OR (new.role IS DISTINCT FROM old.role)) AND new.is_active AND (new.role = ANY (ARRAY['ADMIN'::text, 'MANAGER'::text])))) EXECUTE FUNCTION relance.point_on_chiefs();

CREATE TRIGGER point_on_hired_chief AFTER INSERT ON public.users FOR EACH ROW WHEN ((new.is_active AND (new.role = ANY (ARRAY['ADMIN'::text, 'MANAGER'::text])))) EXECUTE FUNCTION relance.point_on_chiefs();

CREATE TRIGGER point_on_no_show_step AFTER INSERT OR UPDATE ON public.no_show_steps FOR EACH ROW EXECUTE FUNCTION relance.point_on_no_show_step();

CREATE TRIGGER point_on_time_zone AFTER UPDATE OF timezone ON public.organizations FOR EACH ROW WHEN ((new.timezone <> old.timezone)) EXECUTE FUNCTION relance.point_on_time_zone();

CREATE TRIGGER revert_mark_on_join AFTER INSERT ON public.call_participants FOR EACH ROW EXECUTE FUNCTION relance.revert_mark_on_join();

CREATE TRIGGER revert_mark_on_status AFTER UPDATE OF status ON public.appointments FOR EACH ROW WHEN (((new.revision = old.revision) AND (new.status <> old.status) AND ((new.status = 'COMPLETED'::text) OR ((old.status = 'NO_SHOW'::text) AND (new.status = ANY (ARRAY['SCHEDULED'::text, 'CONFIRMED'::text])))))) EXECUTE FUNCTION relance.revert_mark_on_status();

CREATE TRIGGER touch_message_template BEFORE INSERT OR UPDATE ON public.message_templates FOR EACH ROW EXECUTE FUNCTION relance.touch_message_template();

CREATE TRIGGER end_delivery_of_dead_job AFTER INSERT ON relance.dead_jobs FOR EACH ROW WHEN ((new.kind ~~ 'message.%'::text)) EXECUTE FUNCTION relance.end_delivery_of_dead_job();

CREATE TRIGGER fall_back_to_sms AFTER UPDATE OF state ON relance.deliveries FOR EACH ROW WHEN (((new.channel = 'whatsapp'::text) AND (old.state = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'uncertain'::text])) AND (((new.state = 'failed'::text) AND (new.reason <> 'opted_out'::text)) OR ((new.state = 'skipped'::text) AND (new.reason = ANY (ARRAY['channel_not_configured'::text, 'no_whatsapp_template'::text])))))) EXECUTE FUNCTION relance.fall_back_to_sms();

CREATE TRIGGER follow_recovery AFTER UPDATE OF state ON relance.deliveries FOR EACH ROW WHEN (((new.kind = 'recovery'::text) AND (new.state IS DISTINCT FROM old.state) AND (new.state <> 'sending'::text))) EXECUTE FUNCTION relance.follow_recovery();

ALTER TABLE ONLY public.alert_thresholds
    ADD CONSTRAINT alert_thresholds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_tenant_id_closer_id_fkey FOREIGN KEY (tenant_id, closer_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_tenant_id_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES public.leads(tenant_id, id);

ALTER TABLE ONLY public.blacklist_entries
    ADD CONSTRAINT blacklist_entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.calendar_configs
    ADD CONSTRAINT calendar_configs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.call_participants
    ADD CONSTRAINT call_participants_tenant_id_call_id_fkey FOREIGN KEY (tenant_id, call_id) REFERENCES public.calls(tenant_id, id);

ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_tenant_id_appointment_id_fkey FOREIGN KEY (tenant_id, appointment_id) REFERENCES public.appointments(tenant_id, id);

ALTER TABLE ONLY public.closer_settings
    ADD CONSTRAINT closer_settings_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_tenant_id_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES public.leads(tenant_id, id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id) ON DELETE SET NULL (user_id);

ALTER TABLE ONLY public.form_abandons
    ADD CONSTRAINT form_abandons_tenant_id_form_id_fkey FOREIGN KEY (tenant_id, form_id) REFERENCES public.forms(tenant_id, id);

ALTER TABLE ONLY public.form_submissions
    ADD CONSTRAINT form_submissions_tenant_id_form_id_fkey FOREIGN KEY (tenant_id, form_id) REFERENCES public.forms(tenant_id, id);

ALTER TABLE ONLY public.forms
    ADD CONSTRAINT forms_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.message_templates
    ADD CONSTRAINT message_templates_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.monitoring_metrics
    ADD CONSTRAINT monitoring_metrics_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.no_show_marks
    ADD CONSTRAINT no_show_marks_tenant_id_appointment_id_fkey FOREIGN KEY (tenant_id, appointment_id) REFERENCES public.appointments(tenant_id, id);

ALTER TABLE ONLY public.no_show_marks
    ADD CONSTRAINT no_show_marks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.no_show_steps
    ADD CONSTRAINT no_show_steps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.users(tenant_id, id);

ALTER TABLE ONLY public.organization_settings
    ADD CONSTRAINT organization_settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.recovery_rates
    ADD CONSTRAINT recovery_rates_tenant_id_form_id_fkey FOREIGN KEY (tenant_id, form_id) REFERENCES public.forms(tenant_id, id);

ALTER TABLE ONLY public.recovery_settings
    ADD CONSTRAINT recovery_settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.reminder_steps
    ADD CONSTRAINT reminder_steps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.whatsapp_templates
    ADD CONSTRAINT whatsapp_templates_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY relance.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.organizations(id);

GRANT USAGE ON SCHEMA public TO relance_worker;
GRANT USAGE ON SCHEMA public TO relance_ops;
GRANT USAGE ON SCHEMA public TO relance_ingest;

GRANT USAGE ON SCHEMA relance TO relance_worker;
GRANT USAGE ON SCHEMA relance TO relance_ops;
GRANT USAGE ON SCHEMA relance TO relance_ingest;

REVOKE ALL ON FUNCTION relance.activate_no_show_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.activate_recovery() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.activate_reminder_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.activate_sms() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.add_alert_thresholds() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.add_recovery_settings() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.alert_language(locale text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.alert_language(locale text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.alert_language(locale text) TO relance_worker;
GRANT ALL ON FUNCTION relance.alert_language(locale text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.alert_severity(type text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.alert_severity(type text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.alert_severity(type text) TO relance_worker;
GRANT ALL ON FUNCTION relance.alert_severity(type text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.alert_texts(type text, lead_id text, facts text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.alert_texts(type text, lead_id text, facts text[]) TO relance_ingest;
GRANT ALL ON FUNCTION relance.alert_texts(type text, lead_id text, facts text[]) TO relance_worker;
GRANT ALL ON FUNCTION relance.alert_texts(type text, lead_id text, facts text[]) TO relance_ops;

REVOKE ALL ON FUNCTION relance.arm_appointment() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.book(tenant text, appointment text, given jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.book(tenant text, appointment text, given jsonb) TO relance_ingest;

GRANT SELECT ON TABLE public.appointments TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.appointments TO relance_ops;
GRANT SELECT,INSERT ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(closer_id) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(status) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(starts_at) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(duration_min) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(video) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(video_url) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(location) ON TABLE public.appointments TO relance_ingest;

GRANT UPDATE(updated_at) ON TABLE public.appointments TO relance_ingest;

REVOKE ALL ON FUNCTION relance.call_identity(a public.appointments, as_role text, given text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.call_identity(a public.appointments, as_role text, given text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.call_time(a public.appointments) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.call_time(a public.appointments) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.change_appointment(tenant text, appointment text, given jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.change_appointment(tenant text, appointment text, given jsonb) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.channel_in_words(channel text, language text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.channel_in_words(channel text, language text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.channel_in_words(channel text, language text) TO relance_worker;
GRANT ALL ON FUNCTION relance.channel_in_words(channel text, language text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.complete_appointment() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.configure_no_shows(tenant text) FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.configure_no_shows_of_new() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.configure_organization() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.correct_activity(tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.correct_activity(tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb) TO relance_ingest;
GRANT ALL ON FUNCTION relance.correct_activity(tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb) TO relance_worker;
GRANT ALL ON FUNCTION relance.correct_activity(tenant text, lead text, delivery bigint, channel text, was text, becomes text, facts jsonb) TO relance_ops;

REVOKE ALL ON FUNCTION relance.decide_no_show(tenant text, mark uuid, confirms boolean, actor text, said text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.decide_no_show(tenant text, mark uuid, confirms boolean, actor text, said text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.detect_no_shows(program text, at_epoch bigint, tenants text[], appointments text[], asked jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.detect_no_shows(program text, at_epoch bigint, tenants text[], appointments text[], asked jsonb) TO relance_worker;

REVOKE ALL ON FUNCTION relance.easter(year integer) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.easter(year integer) TO relance_worker;
GRANT ALL ON FUNCTION relance.easter(year integer) TO relance_ops;

REVOKE ALL ON FUNCTION relance.end_call(tenant text, call text, instant timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.end_call(tenant text, call text, instant timestamp with time zone) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.end_call_of_before() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.end_delivery_of_dead_job() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.extend_job_history() FROM PUBLIC;
GRANT ALL ON FUNCTION relance.extend_job_history() TO relance_worker;
GRANT ALL ON FUNCTION relance.extend_job_history() TO relance_ops;

REVOKE ALL ON FUNCTION relance.fall_back_to_sms() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.follow_recovery() FROM PUBLIC;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.deliveries TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.deliveries TO relance_ops;
GRANT SELECT,UPDATE ON TABLE relance.deliveries TO relance_ingest;

REVOKE ALL ON FUNCTION relance.hold_on_marketing(d relance.deliveries, address bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.hold_on_marketing(d relance.deliveries, address bytea) TO relance_worker;
GRANT ALL ON FUNCTION relance.hold_on_marketing(d relance.deliveries, address bytea) TO relance_ops;

REVOKE ALL ON FUNCTION relance.hot_since(tenant text, lead text, enough integer, span interval) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.hot_since(tenant text, lead text, enough integer, span interval) TO relance_ingest;
GRANT ALL ON FUNCTION relance.hot_since(tenant text, lead text, enough integer, span interval) TO relance_worker;
GRANT ALL ON FUNCTION relance.hot_since(tenant text, lead text, enough integer, span interval) TO relance_ops;

GRANT SELECT ON TABLE public.leads TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.leads TO relance_ops;
GRANT SELECT,INSERT ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(email) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(phone) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(locale) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(timezone) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(status) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(marketing_consent) ON TABLE public.leads TO relance_ingest;

GRANT UPDATE(marketing_consent_at) ON TABLE public.leads TO relance_ingest;

REVOKE ALL ON FUNCTION relance.is_beyond_alerts(l public.leads) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_beyond_alerts(l public.leads) TO relance_ingest;
GRANT ALL ON FUNCTION relance.is_beyond_alerts(l public.leads) TO relance_worker;
GRANT ALL ON FUNCTION relance.is_beyond_alerts(l public.leads) TO relance_ops;

REVOKE ALL ON FUNCTION relance.is_blacklisted(tenant text, lead text, email text, phone text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_blacklisted(tenant text, lead text, email text, phone text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.is_blacklisted(tenant text, lead text, email text, phone text) TO relance_worker;
GRANT ALL ON FUNCTION relance.is_blacklisted(tenant text, lead text, email text, phone text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.is_contact(direction text, status text, meta jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_contact(direction text, status text, meta jsonb) TO relance_ingest;
GRANT ALL ON FUNCTION relance.is_contact(direction text, status text, meta jsonb) TO relance_worker;
GRANT ALL ON FUNCTION relance.is_contact(direction text, status text, meta jsonb) TO relance_ops;

REVOKE ALL ON FUNCTION relance.is_held_out(tenant text, address text, percent smallint) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_held_out(tenant text, address text, percent smallint) TO relance_worker;
GRANT ALL ON FUNCTION relance.is_held_out(tenant text, address text, percent smallint) TO relance_ops;

REVOKE ALL ON FUNCTION relance.is_holiday(day date, calendar text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_holiday(day date, calendar text) TO relance_worker;
GRANT ALL ON FUNCTION relance.is_holiday(day date, calendar text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.is_taken(tenant text, closer text, starts timestamp with time zone, minutes integer, besides text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.is_taken(tenant text, closer text, starts timestamp with time zone, minutes integer, besides text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.join_call(tenant text, call text, who text, as_role text, instant timestamp with time zone, claimed boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.join_call(tenant text, call text, who text, as_role text, instant timestamp with time zone, claimed boolean) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.now() FROM PUBLIC;
GRANT ALL ON FUNCTION relance.now() TO relance_worker;
GRANT ALL ON FUNCTION relance.now() TO relance_ops;
GRANT ALL ON FUNCTION relance.now() TO relance_ingest;

REVOKE ALL ON FUNCTION relance.lead_alert_conditions(tenants text[], lead_ids text[], instant timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.lead_alert_conditions(tenants text[], lead_ids text[], instant timestamp with time zone) TO relance_worker;
GRANT ALL ON FUNCTION relance.lead_alert_conditions(tenants text[], lead_ids text[], instant timestamp with time zone) TO relance_ops;

GRANT SELECT ON TABLE public.blacklist_entries TO relance_ingest;
GRANT SELECT ON TABLE public.blacklist_entries TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.blacklist_entries TO relance_ops;

REVOKE ALL ON FUNCTION relance.leads_of_entry(entry public.blacklist_entries) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.leads_of_entry(entry public.blacklist_entries) TO relance_worker;
GRANT ALL ON FUNCTION relance.leads_of_entry(entry public.blacklist_entries) TO relance_ops;

REVOKE ALL ON FUNCTION relance.log_activities(ids uuid[], tenants text[], leads text[], channels text[], directions text[], statuses text[], snippets text[], metas jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.log_activities(ids uuid[], tenants text[], leads text[], channels text[], directions text[], statuses text[], snippets text[], metas jsonb[]) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.look_at_recoveries(tenants text[], abandons text[], hashes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.look_at_recoveries(tenants text[], abandons text[], hashes text[]) TO relance_worker;
GRANT ALL ON FUNCTION relance.look_at_recoveries(tenants text[], abandons text[], hashes text[]) TO relance_ops;

REVOKE ALL ON FUNCTION relance.mark_abandons() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_appointments_ahead(tenant text, closer text, unattended boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_blacklisted_leads() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_changed_abandons() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_changed_activities() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_changed_appointments() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_changed_leads() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_late_activity() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_leads_of_deals() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_new_appointments() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_no_show(tenant text, appointment text, why text, by_whom text, actor text, said text, seen jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.mark_no_show(tenant text, appointment text, why text, by_whom text, actor text, said text, seen jsonb) TO relance_ingest;
GRANT ALL ON FUNCTION relance.mark_no_show(tenant text, appointment text, why text, by_whom text, actor text, said text, seen jsonb) TO relance_worker;
GRANT ALL ON FUNCTION relance.mark_no_show(tenant text, appointment text, why text, by_whom text, actor text, said text, seen jsonb) TO relance_ops;

REVOKE ALL ON FUNCTION relance.mark_on_closer_settings() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_on_configuration() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_on_recovery_settings() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_on_staff() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.mark_tenant_for_alerts() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.marketing_opening(instant timestamp with time zone, zone text, opens time without time zone, closes time without time zone, days smallint[], calendar text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.marketing_opening(instant timestamp with time zone, zone text, opens time without time zone, closes time without time zone, days smallint[], calendar text) TO relance_worker;
GRANT ALL ON FUNCTION relance.marketing_opening(instant timestamp with time zone, zone text, opens time without time zone, closes time without time zone, days smallint[], calendar text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.masked(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.masked(address text) TO relance_worker;
GRANT ALL ON FUNCTION relance.masked(address text) TO relance_ops;
GRANT ALL ON FUNCTION relance.masked(address text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.month_of(tenant text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.month_of(tenant text) TO relance_worker;
GRANT ALL ON FUNCTION relance.month_of(tenant text) TO relance_ops;
GRANT ALL ON FUNCTION relance.month_of(tenant text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.next_statuses(status text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.next_statuses(status text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.no_show_counts(tenant text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.no_show_counts(tenant text, since timestamp with time zone, until timestamp with time zone) TO relance_worker;
GRANT ALL ON FUNCTION relance.no_show_counts(tenant text, since timestamp with time zone, until timestamp with time zone) TO relance_ops;

REVOKE ALL ON FUNCTION relance.normal_email(email text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.normal_email(email text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.normal_email(email text) TO relance_worker;
GRANT ALL ON FUNCTION relance.normal_email(email text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.normal_phone(phone text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.normal_phone(phone text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.normal_phone(phone text) TO relance_worker;
GRANT ALL ON FUNCTION relance.normal_phone(phone text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.note_rooms(tenants text[], of_appointments text[], kinds text[], identities text[], roles text[], joinings timestamp with time zone[], instants timestamp with time zone[]) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.note_rooms(tenants text[], of_appointments text[], kinds text[], identities text[], roles text[], joinings timestamp with time zone[], instants timestamp with time zone[]) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.open_call(tenant text, appointment text, instant timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.open_call(tenant text, appointment text, instant timestamp with time zone) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.plan_due_steps(tenant text, appointment text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.plan_due_steps(tenant text, appointment text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.point_at_detection() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.point_at_mark() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.point_at_no_shows_ahead(tenant text, of_step text) FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.point_on_chiefs() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.point_on_no_show_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.point_on_time_zone() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.raise_hot_leads(tenants text[], leads text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.raise_hot_leads(tenants text[], leads text[]) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.recovery_quiet_until(tenant text, address text, besides bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.recovery_quiet_until(tenant text, address text, besides bigint) TO relance_worker;
GRANT ALL ON FUNCTION relance.recovery_quiet_until(tenant text, address text, besides bigint) TO relance_ops;

REVOKE ALL ON FUNCTION relance.retry_job(of_tenant text, job bigint, caller text, because text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.retry_job(of_tenant text, job bigint, caller text, because text) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.revert_mark(tenant text, appointment text, at_revision integer, actor text, why text) FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.revert_mark_on_join() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.revert_mark_on_status() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.revert_no_show(tenant text, appointment text, actor text, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.revert_no_show(tenant text, appointment text, actor text, why text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.revert_no_show(tenant text, appointment text, actor text, why text) TO relance_worker;
GRANT ALL ON FUNCTION relance.revert_no_show(tenant text, appointment text, actor text, why text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.same_phone(one text, other text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.same_phone(one text, other text) TO relance_ingest;
GRANT ALL ON FUNCTION relance.same_phone(one text, other text) TO relance_worker;
GRANT ALL ON FUNCTION relance.same_phone(one text, other text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.schedule(tenant text, action text, subject text, given jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.schedule(tenant text, action text, subject text, given jsonb) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.settle_blacklist(tenant text, lead text, actor text) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.settle_blacklist(tenant text, lead text, actor text) TO relance_ops;

REVOKE ALL ON FUNCTION relance.start_call(tenant text, appointment text, given jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.start_call(tenant text, appointment text, given jsonb) TO relance_ingest;

REVOKE ALL ON FUNCTION relance.touch_message_template() FROM PUBLIC;

REVOKE ALL ON FUNCTION relance.travel_to(instant timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION relance.travel_to(instant timestamp with time zone) TO relance_worker;
GRANT ALL ON FUNCTION relance.travel_to(instant timestamp with time zone) TO relance_ops;

GRANT SELECT,INSERT,UPDATE ON TABLE public.max_alerts TO relance_ingest;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.max_alerts TO relance_worker;
GRANT SELECT,UPDATE ON TABLE public.max_alerts TO relance_ops;

GRANT SELECT ON TABLE public.active_alerts TO relance_worker;
GRANT SELECT ON TABLE public.active_alerts TO relance_ops;

GRANT SELECT ON TABLE public.alert_thresholds TO relance_ingest;
GRANT SELECT ON TABLE public.alert_thresholds TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.alert_thresholds TO relance_ops;

GRANT SELECT,INSERT,UPDATE ON TABLE public.calendar_configs TO relance_ops;
GRANT SELECT ON TABLE public.calendar_configs TO relance_ingest;

GRANT SELECT ON TABLE public.call_participants TO relance_ops;
GRANT SELECT,INSERT,UPDATE ON TABLE public.call_participants TO relance_ingest;
GRANT SELECT ON TABLE public.call_participants TO relance_worker;

GRANT SELECT ON TABLE public.calls TO relance_ops;
GRANT SELECT,INSERT,UPDATE ON TABLE public.calls TO relance_ingest;
GRANT SELECT ON TABLE public.calls TO relance_worker;

GRANT SELECT ON TABLE public.closer_settings TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.closer_settings TO relance_ops;
GRANT SELECT ON TABLE public.closer_settings TO relance_ingest;

GRANT SELECT ON TABLE public.deals TO relance_ops;

GRANT SELECT(tenant_id) ON TABLE public.deals TO relance_worker;

GRANT SELECT(id) ON TABLE public.deals TO relance_worker;

GRANT SELECT(lead_id) ON TABLE public.deals TO relance_worker;

GRANT SELECT(amount_cents) ON TABLE public.deals TO relance_worker;

GRANT SELECT(stage) ON TABLE public.deals TO relance_worker;

GRANT SELECT(closed_at) ON TABLE public.deals TO relance_worker;

GRANT SELECT,INSERT ON TABLE public.events TO relance_ingest;
GRANT SELECT ON TABLE public.events TO relance_ops;

GRANT SELECT ON TABLE public.form_abandons TO relance_ops;
GRANT SELECT,INSERT,UPDATE ON TABLE public.form_abandons TO relance_ingest;

GRANT SELECT(tenant_id) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(id) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(form_id) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(session_id) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(email) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(phone) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(last_activity_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(created_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(locale) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(timezone) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(name) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(marketing_consent) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(mailed_at),UPDATE(mailed_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(ended_at),UPDATE(ended_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(ended_reason),UPDATE(ended_reason) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(submission_id),UPDATE(submission_id) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(recovered_at),UPDATE(recovered_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(updated_at),UPDATE(updated_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(sequence_at),UPDATE(sequence_at) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT(is_held_out),UPDATE(is_held_out) ON TABLE public.form_abandons TO relance_worker;

GRANT SELECT ON TABLE public.form_submissions TO relance_ops;
GRANT SELECT,INSERT ON TABLE public.form_submissions TO relance_ingest;

GRANT SELECT ON TABLE public.forms TO relance_ops;
GRANT SELECT ON TABLE public.forms TO relance_ingest;
GRANT SELECT ON TABLE public.forms TO relance_worker;

GRANT INSERT ON TABLE public.lead_activities TO relance_worker;
GRANT SELECT ON TABLE public.lead_activities TO relance_ops;
GRANT SELECT,INSERT ON TABLE public.lead_activities TO relance_ingest;

GRANT SELECT(id) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(tenant_id) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(lead_id) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(channel) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(direction) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(status) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(meta) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(created_at) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT(is_contact) ON TABLE public.lead_activities TO relance_worker;

GRANT SELECT ON TABLE public.message_templates TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_templates TO relance_ops;
GRANT SELECT ON TABLE public.message_templates TO relance_ingest;

GRANT SELECT,INSERT ON TABLE public.monitoring_metrics TO relance_ingest;
GRANT SELECT ON TABLE public.monitoring_metrics TO relance_ops;

GRANT SELECT ON TABLE public.no_show_marks TO relance_ingest;
GRANT SELECT ON TABLE public.no_show_marks TO relance_worker;
GRANT SELECT ON TABLE public.no_show_marks TO relance_ops;

GRANT SELECT ON TABLE public.no_show_steps TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.no_show_steps TO relance_ops;

GRANT SELECT ON TABLE public.notification_preferences TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_preferences TO relance_ops;

GRANT SELECT,INSERT ON TABLE public.notifications TO relance_worker;
GRANT SELECT ON TABLE public.notifications TO relance_ops;
GRANT SELECT ON TABLE public.notifications TO relance_ingest;

GRANT UPDATE(read_at) ON TABLE public.notifications TO relance_ingest;

GRANT UPDATE(deleted_at) ON TABLE public.notifications TO relance_ingest;

GRANT SELECT ON TABLE public.organization_settings TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.organization_settings TO relance_ops;
GRANT SELECT ON TABLE public.organization_settings TO relance_ingest;

GRANT SELECT ON TABLE public.organizations TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.organizations TO relance_ops;
GRANT SELECT ON TABLE public.organizations TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE public.recovery_rates TO relance_worker;
GRANT SELECT ON TABLE public.recovery_rates TO relance_ops;

GRANT SELECT ON TABLE public.recovery_settings TO relance_worker;
GRANT SELECT ON TABLE public.recovery_settings TO relance_ops;

GRANT UPDATE(is_enabled) ON TABLE public.recovery_settings TO relance_ops;

GRANT UPDATE(holdout_percent) ON TABLE public.recovery_settings TO relance_ops;

GRANT SELECT ON TABLE public.relance_migrations TO relance_worker;
GRANT SELECT ON TABLE public.relance_migrations TO relance_ops;
GRANT SELECT ON TABLE public.relance_migrations TO relance_ingest;

GRANT SELECT ON TABLE public.reminder_steps TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.reminder_steps TO relance_ops;

GRANT SELECT ON TABLE public.users TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.users TO relance_ops;
GRANT SELECT ON TABLE public.users TO relance_ingest;

GRANT SELECT ON TABLE public.whatsapp_templates TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.whatsapp_templates TO relance_ops;

GRANT SELECT,INSERT,DELETE ON TABLE relance.abandon_due TO relance_worker;
GRANT SELECT,INSERT,DELETE ON TABLE relance.abandon_due TO relance_ops;

GRANT SELECT ON TABLE relance.alert_words TO relance_ingest;
GRANT SELECT ON TABLE relance.alert_words TO relance_worker;
GRANT SELECT ON TABLE relance.alert_words TO relance_ops;

GRANT SELECT ON TABLE relance.appointment_revisions TO relance_worker;
GRANT SELECT ON TABLE relance.appointment_revisions TO relance_ops;
GRANT SELECT ON TABLE relance.appointment_revisions TO relance_ingest;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.jobs TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.jobs TO relance_ops;
GRANT SELECT,INSERT ON TABLE relance.jobs TO relance_ingest;

GRANT SELECT ON TABLE relance.announcements TO relance_worker;
GRANT SELECT ON TABLE relance.announcements TO relance_ops;
GRANT SELECT ON TABLE relance.announcements TO relance_ingest;

GRANT SELECT ON TABLE relance.api_keys TO relance_ingest;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.api_keys TO relance_ops;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.appointment_due TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.appointment_due TO relance_ops;

GRANT SELECT ON TABLE relance.appointment_steps TO relance_worker;
GRANT SELECT ON TABLE relance.appointment_steps TO relance_ops;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.conversations TO relance_worker;
GRANT SELECT ON TABLE relance.conversations TO relance_ops;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.conversations TO relance_ingest;

GRANT INSERT ON TABLE relance.dead_jobs TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.dead_jobs TO relance_ops;

GRANT SELECT(id) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(tenant_id) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(kind) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(queue) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(reason) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(attempts) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(max_attempts) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(run_at) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(created_at) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT SELECT(died_at) ON TABLE relance.dead_jobs TO relance_ingest;

GRANT USAGE ON SEQUENCE relance.deliveries_id_seq TO relance_worker;
GRANT USAGE ON SEQUENCE relance.deliveries_id_seq TO relance_ops;
GRANT USAGE ON SEQUENCE relance.deliveries_id_seq TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.delivery_attempts TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.delivery_attempts TO relance_ops;
GRANT SELECT,UPDATE ON TABLE relance.delivery_attempts TO relance_ingest;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.idempotency_keys TO relance_ingest;
GRANT SELECT,DELETE,UPDATE ON TABLE relance.idempotency_keys TO relance_worker;
GRANT SELECT ON TABLE relance.idempotency_keys TO relance_ops;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.inbound_messages TO relance_ingest;
GRANT SELECT,DELETE,UPDATE ON TABLE relance.inbound_messages TO relance_worker;
GRANT SELECT ON TABLE relance.inbound_messages TO relance_ops;

GRANT UPDATE(waits_since) ON TABLE relance.inbound_messages TO relance_ops;

GRANT USAGE ON SEQUENCE relance.inbound_messages_id_seq TO relance_ingest;
GRANT USAGE ON SEQUENCE relance.inbound_messages_id_seq TO relance_worker;
GRANT USAGE ON SEQUENCE relance.inbound_messages_id_seq TO relance_ops;

GRANT SELECT ON TABLE relance.instance TO relance_worker;
GRANT SELECT,UPDATE ON TABLE relance.instance TO relance_ops;
GRANT SELECT ON TABLE relance.instance TO relance_ingest;

GRANT INSERT ON TABLE relance.job_history TO relance_worker;
GRANT SELECT,INSERT ON TABLE relance.job_history TO relance_ops;
GRANT SELECT,INSERT ON TABLE relance.job_history TO relance_ingest;

GRANT SELECT ON TABLE relance.job_history_2026_11 TO relance_ops;

GRANT SELECT ON TABLE relance.job_history_2026_12 TO relance_ops;

GRANT SELECT ON TABLE relance.job_history_2027_01 TO relance_ops;

GRANT SELECT ON TABLE relance.job_history_default TO relance_ops;

GRANT USAGE ON SEQUENCE relance.jobs_id_seq TO relance_worker;
GRANT USAGE ON SEQUENCE relance.jobs_id_seq TO relance_ops;
GRANT USAGE ON SEQUENCE relance.jobs_id_seq TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.lead_alert_days TO relance_worker;
GRANT SELECT ON TABLE relance.lead_alert_days TO relance_ops;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.lead_alert_marks TO relance_worker;
GRANT SELECT ON TABLE relance.lead_alert_marks TO relance_ops;

GRANT SELECT,UPDATE ON TABLE relance.lead_alert_progress TO relance_worker;
GRANT SELECT ON TABLE relance.lead_alert_progress TO relance_ops;

GRANT USAGE ON SEQUENCE relance.lease_number TO relance_worker;
GRANT USAGE ON SEQUENCE relance.lease_number TO relance_ops;
GRANT USAGE ON SEQUENCE relance.lease_number TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.leases TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.leases TO relance_ops;

GRANT SELECT,INSERT,DELETE ON TABLE relance.marketing_sends TO relance_worker;
GRANT SELECT,DELETE ON TABLE relance.marketing_sends TO relance_ops;
GRANT SELECT,INSERT ON TABLE relance.marketing_sends TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.message_costs TO relance_worker;
GRANT SELECT,UPDATE ON TABLE relance.message_costs TO relance_ops;
GRANT SELECT,UPDATE ON TABLE relance.message_costs TO relance_ingest;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.no_show_due TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.no_show_due TO relance_ops;

GRANT SELECT ON TABLE relance.no_show_looks TO relance_worker;
GRANT SELECT ON TABLE relance.no_show_looks TO relance_ops;

GRANT SELECT ON TABLE relance.no_show_messages TO relance_worker;
GRANT SELECT ON TABLE relance.no_show_messages TO relance_ops;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.no_show_rate_due TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.no_show_rate_due TO relance_ops;

GRANT SELECT ON TABLE relance.no_show_rate_slots TO relance_worker;
GRANT SELECT ON TABLE relance.no_show_rate_slots TO relance_ops;

GRANT SELECT ON TABLE relance.open_no_show_messages TO relance_worker;
GRANT SELECT ON TABLE relance.open_no_show_messages TO relance_ops;

GRANT SELECT ON TABLE relance.recoveries TO relance_worker;
GRANT SELECT ON TABLE relance.recoveries TO relance_ops;
GRANT SELECT ON TABLE relance.recoveries TO relance_ingest;

GRANT SELECT ON TABLE relance.recovery_schedule TO relance_worker;
GRANT SELECT ON TABLE relance.recovery_schedule TO relance_ops;

GRANT SELECT ON TABLE relance.open_recoveries TO relance_worker;
GRANT SELECT ON TABLE relance.open_recoveries TO relance_ops;

GRANT SELECT ON TABLE relance.open_steps TO relance_worker;
GRANT SELECT ON TABLE relance.open_steps TO relance_ops;

GRANT SELECT,INSERT ON TABLE relance.operator_actions TO relance_ops;

GRANT USAGE ON SEQUENCE relance.operator_actions_id_seq TO relance_worker;
GRANT USAGE ON SEQUENCE relance.operator_actions_id_seq TO relance_ops;
GRANT USAGE ON SEQUENCE relance.operator_actions_id_seq TO relance_ingest;

GRANT SELECT ON TABLE relance.provider_accounts TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.provider_accounts TO relance_ops;
GRANT SELECT ON TABLE relance.provider_accounts TO relance_ingest;

GRANT SELECT ON TABLE relance.queue_controls TO relance_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.queue_controls TO relance_ops;
GRANT SELECT ON TABLE relance.queue_controls TO relance_ingest;

GRANT SELECT ON TABLE relance.recovery_weeks TO relance_worker;
GRANT SELECT ON TABLE relance.recovery_weeks TO relance_ops;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.runs TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.runs TO relance_ops;
GRANT SELECT ON TABLE relance.runs TO relance_ingest;

GRANT SELECT,INSERT ON TABLE relance.schedule_ticks TO relance_worker;
GRANT SELECT,INSERT ON TABLE relance.schedule_ticks TO relance_ops;

GRANT SELECT,INSERT ON TABLE relance.suppressions TO relance_worker;
GRANT SELECT,INSERT,DELETE ON TABLE relance.suppressions TO relance_ops;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE relance.suppressions TO relance_ingest;

GRANT SELECT,INSERT,UPDATE ON TABLE relance.system_alerts TO relance_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.system_alerts TO relance_ops;
GRANT SELECT,INSERT,UPDATE ON TABLE relance.system_alerts TO relance_ingest;

GRANT USAGE ON SEQUENCE relance.system_alerts_id_seq TO relance_worker;
GRANT USAGE ON SEQUENCE relance.system_alerts_id_seq TO relance_ops;
GRANT USAGE ON SEQUENCE relance.system_alerts_id_seq TO relance_ingest;

