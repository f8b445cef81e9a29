-- No-shows that the fleet finds by itself (K-06..10): settings, what an appointment's calls say of it, what follows from a mark,
-- and the pointers to what is due next (D-01, D-20..24).

-- The fleet's calendar of a missed appointment, per organisation.
create table no_show_steps (
    tenant_id text not null references organizations (id),
    step text not null check (step in ('detection', 'host', 'J+0', 'J+2', 'weekly')),
    is_enabled boolean not null default true,
    -- Minutes: from the start for the detection, from the mark for J+0 and the notice of an absent host, from the organisation's
    -- midnight for J+2 and the weekly rate.
    offset_min integer not null,
    channels text[] not null,
    -- Nothing due before it is done (D-02). Kept by trigger: creation, enabling, a new offset.
    activated_at timestamptz not null default '-infinity',
    primary key (tenant_id, step),
    -- Expiry must lie after due (D-02).
    constraint no_show_steps_window check (
        case step
            when 'detection' then offset_min between 1 and 1440
            when 'host' then offset_min between 0 and 1440
            when 'J+0' then offset_min between 0 and 1440
            else offset_min between 0 and 1439
        end),
    constraint no_show_steps_channels check (
        case step
            when 'detection' then channels = '{}'
            when 'J+0' then channels = '{email}'
            when 'J+2' then channels = '{email}'
            else cardinality(channels) > 0 and channels <@ array['email', 'in_app']
        end)
);

-- Next instant at which an appointment has to be looked at, for its detection or for what follows from a mark; '-infinity' means
-- changed. No row: nothing left to do. Never later than what is due; earlier costs one look.
create table relance.no_show_due (
    tenant_id text not null,
    appointment_id text not null,
    next_due_at timestamptz not null,
    primary key (tenant_id, appointment_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
create index no_show_due_next on relance.no_show_due (next_due_at);

-- The same for each organisation's weekly rate.
create table relance.no_show_rate_due (
    tenant_id text primary key,
    next_due_at timestamptz not null
);
create index no_show_rate_due_next on relance.no_show_rate_due (next_due_at);

-- The live appointments that have no mark, with what their calls say once they are due (D-20). Somebody was there who was in a call
-- of the appointment at some time from a quarter of an hour before its start on. The only definition: detector, preview and nightly
-- proof read it.
create view relance.no_show_looks as
select
    a.tenant_id, a.id as appointment_id, a.revision, a.lead_id, a.video, w.due_at, w.asked_until, e.lead_joined_at,
    e.closer_joined_at, e.calls,
    case
        when w.due_at > relance.now() then 'ahead'
        when e.lead_joined_at is not null and e.closer_joined_at is not null then 'attended'
        when e.closer_was_seen then 'lead'
        when e.lead_joined_at is not null then 'host'
        -- A call was started and nobody says who is in it: it is no "no call" (K-06).
        when e.closer_joined_at is null and e.is_unnamed then 'held'
        -- LiveKit's webhooks are not guaranteed: a room of our own that told nothing is asked for first.
        when a.video = 'livekit' then 'ask'
        -- By the closer's own word; whether the lead is there too, nobody can see.
        when e.closer_joined_at is not null then 'held'
        else 'unknown'
    end as verdict
from appointments a
join no_show_steps s on s.tenant_id = a.tenant_id and s.step = 'detection' and s.is_enabled
cross join lateral (
    select
        a.starts_at + make_interval(mins => s.offset_min) as due_at,
        -- Until then a room that is empty shows that nobody came; later they may have come and gone. A tick comes every quarter of
        -- an hour.
        a.starts_at + least(make_interval(mins => a.duration_min), make_interval(mins => s.offset_min + 15)) as asked_until
) w
-- Of what is still ahead nothing is asked.
left join lateral (
    select
        count(distinct c.id) as calls,
        min(p.joined_at) filter (where p.role = 'lead') as lead_joined_at,
        min(p.joined_at) filter (where p.role = 'closer') as closer_joined_at,
        bool_or(p.role = 'closer' and not p.is_claimed) as closer_was_seen,
        -- A call that all have left before its time is another thing.
        bool_or(not exists (
            select from call_participants q where q.tenant_id = c.tenant_id and q.call_id = c.id)) as is_unnamed
    from calls c
    left join call_participants p on p.tenant_id = c.tenant_id and p.call_id = c.id and p.joined_at <= relance.now()
        and coalesce(p.left_at, 'infinity') >= a.starts_at - interval '15 minutes'
    where c.tenant_id = a.tenant_id and c.appointment_id = a.id and c.started_at <= relance.now()
        and coalesce(c.ended_at, 'infinity') >= a.starts_at - interval '15 minutes'
) e on w.due_at <= relance.now()
where a.status in ('SCHEDULED', 'CONFIRMED')
    -- What was written down or moved after the fact has not been missed (D-03).
    and w.due_at >= greatest(s.activated_at, a.imported_at, a.armed_at)
    and not exists (
        select from no_show_marks m
        where m.tenant_id = a.tenant_id and m.appointment_id = a.id and m.revision = a.revision offset 0);

-- What the fleet says about a mark: what, to whom, when, until when, and what stands against it. The only definition: eligibility at
-- the moment of sending reads it, and the view after it.
create view relance.no_show_messages as
select
    m.tenant_id, m.appointment_id, m.id as mark_id, m.revival, s.step, c.channel,
    coalesce(r.recipient_type, 'none') as recipient_type, coalesce(r.recipient_id, 'none') as recipient_id,
    case s.step when 'host' then 'transactional' else 'marketing' end as message_class,
    b.made_at, w.due_at, w.expires_at, w.hard_stop_at, s.activated_at as active_from,
    case
        when s.step = 'host' then null
        when l.erased_at is not null then 'lead_erased'
        when a.status = 'CANCELLED' then 'appointment_cancelled'
        when a.revision <> m.revision then 'appointment_moved'
        when a.status <> 'NO_SHOW' then 'appointment_' || lower(a.status)
        when exists (
            select from appointments n
            where n.tenant_id = a.tenant_id and n.lead_id = a.lead_id and n.starts_at > a.starts_at and n.status <> 'CANCELLED')
            then 'newer_appointment'
        when relance.is_blacklisted(m.tenant_id, l.id, l.email, l.phone) then 'lead_blacklisted'
    end as against,
    'no_show:' || m.id || ':' || m.revival || ':' || s.step || ':' || c.channel || ':'
        || coalesce(r.recipient_type || ':' || r.recipient_id, 'none') as dedupe_key
from no_show_marks m
join appointments a on a.tenant_id = m.tenant_id and a.id = m.appointment_id
join leads l on l.tenant_id = m.tenant_id and l.id = m.lead_id
join organizations o on o.id = m.tenant_id
join no_show_steps s on s.tenant_id = m.tenant_id and s.is_enabled
    and case m.cause when 'host' then s.step = 'host' else s.step in ('J+0', 'J+2') end
cross join lateral (
    select
        -- A mark that waited for somebody's word is made by it.
        coalesce(m.decided_at, m.detected_at) as made_at,
        -- The day that was missed, whatever the appointment has been moved to since.
        (coalesce(
            (select v.starts_at from relance.appointment_revisions v
             where v.tenant_id = m.tenant_id and v.appointment_id = m.appointment_id and v.revision = m.revision),
            a.starts_at) at time zone o.timezone)::date as missed_on
) b
cross join lateral (
    select
        (b.missed_on + 2 + make_interval(
            mins => coalesce((
                select j.offset_min from no_show_steps j where j.tenant_id = m.tenant_id and j.step = 'J+2'), 540)))
            at time zone o.timezone as second_day
) j
cross join lateral (
    select
        case s.step when 'J+2' then j.second_day else b.made_at + make_interval(mins => s.offset_min) end as due_at,
        case s.step
            when 'J+2' then (b.missed_on + 4)::timestamp at time zone o.timezone
            when 'host' then b.made_at + make_interval(mins => s.offset_min) + interval '24 hours'
            -- J+2 takes its place.
            else least(b.made_at + make_interval(mins => s.offset_min) + interval '24 hours', j.second_day)
        end as expires_at,
        case s.step
            when 'J+0' then j.second_day
            when 'J+2' then (b.missed_on + 7)::timestamp at time zone o.timezone
        end as hard_stop_at
) w
cross join lateral unnest(s.channels) as c (channel)
left join lateral (
    select 'lead' as recipient_type, m.lead_id as recipient_id
    where s.step <> 'host'
    union all
    select 'user' as recipient_type, u.id as recipient_id
    from users u
    where s.step = 'host' and u.tenant_id = m.tenant_id and u.role in ('ADMIN', 'MANAGER') and u.is_active
) r on true
where m.state = 'active';

-- The messages that are still to be written to the ledger, with what a tick makes of each now.
create view relance.open_no_show_messages as
select
    s.*,
    case
        -- Nothing is decided before it is due: the lead may still come, book anew, or be blacklisted.
        when s.due_at > relance.now() then 'ahead'
        when s.due_at < s.made_at then 'marked_late'
        when s.due_at >= s.expires_at then 'too_late'
        when s.against is not null then s.against
        when s.recipient_type = 'none' then 'no_recipient'
        when s.expires_at <= relance.now() then 'missed'
        else 'due'
    end as verdict
from relance.no_show_messages s
where s.due_at >= s.active_from
    and (s.due_at > relance.now() or not exists (
        select from relance.deliveries d where d.tenant_id = s.tenant_id and d.dedupe_key = s.dedupe_key offset 0))
    -- What had left before an undo is not sent again.
    and (s.revival = 0 or not exists (
        select from relance.deliveries d
        where d.tenant_id = s.tenant_id and d.kind = 'no_show' and d.subject = s.mark_id::text and d.step = s.step
            and d.channel = s.channel and d.recipient_id = s.recipient_id and d.revision < s.revival
            and d.state not in ('cancelled', 'skipped', 'missed') offset 0))
    -- Whoever joins after a step was carried out and has expired has missed nothing.
    and (s.expires_at > relance.now() or not exists (
        select from relance.deliveries d
        where d.tenant_id = s.tenant_id and d.kind = 'no_show' and d.subject = s.mark_id::text and d.step = s.step
            and d.state <> 'cancelled' offset 0));

-- The latest weekly slot of each organisation (D-08: a missed one is done once, at the latest; older ones are not made up for), the
-- week that it tells of, and the next slot. Weeks and hours are the organisation's (D-06).
create view relance.no_show_rate_slots as
select
    s.tenant_id, s.channels, s.activated_at as active_from, w.monday,
    (w.monday + w.into) at time zone o.timezone as due_at,
    (w.monday + 2 + w.into) at time zone o.timezone as expires_at,
    (w.monday + 7 + w.into) at time zone o.timezone as next_due_at,
    (w.monday - 14)::timestamp at time zone o.timezone as before_last_week,
    (w.monday - 7)::timestamp at time zone o.timezone as last_week,
    w.monday::timestamp at time zone o.timezone as this_week
from no_show_steps s
join organizations o on o.id = s.tenant_id
cross join lateral (
    select
        make_interval(mins => s.offset_min) as into,
        date_trunc('week', (relance.now() at time zone o.timezone) - make_interval(mins => s.offset_min))::date as monday
) w
where s.step = 'weekly' and s.is_enabled;

-- The no-show rate's two numbers for each closer in a span of time (D-24): NO_SHOW over NO_SHOW, COMPLETED and CONFIRMED-and-past.
create function relance.no_show_counts(tenant text, since timestamptz, until timestamptz)
    returns table (closer_id text, missed bigint, counted bigint)
    language sql stable
    as $$
        select a.closer_id, count(*) filter (where a.status = 'NO_SHOW'), count(*)
        from appointments a
        where a.tenant_id = tenant and a.starts_at >= since and a.starts_at < least(until, relance.now())
            and a.status in ('NO_SHOW', 'COMPLETED', 'CONFIRMED')
        group by a.closer_id
    $$;

-- Decides the appointments that were picked, under the leader's epoch (D-81): marks who was missed through mark_no_show, the one
-- definition of a mark. Each is locked before its calls are read, so that whoever comes in this moment is either seen or undoes the
-- mark; one that somebody else holds is left for the next tick. `asked` is what LiveKit said of rooms that had told nothing:
-- `[{"tenant", "appointment", "answer": "empty | unavailable | occupied", "people": [{"identity", "role", "joined_at"}]}]`.
-- Returns nothing at all when the epoch is over; else first a row 'fence', then what was made of each (null where there was nothing to
-- decide, 'busy' where somebody else holds it) and whether something follows from a mark of it.
create function relance.detect_no_shows(
    program text, at_epoch bigint, tenants text[], appointments text[], asked jsonb
) returns table (tenant_id text, appointment_id text, verdict text, has_mark boolean)
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- An operator's word on a mark that waits for one (review mode, D-20). Returns confirmed, dismissed, not_found or decided (it is
-- no proposal any more). A mark of a day that the appointment was moved away from counts, and changes no status.
create function relance.decide_no_show(tenant text, mark uuid, confirms boolean, actor text, said text) returns text
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Pointers. All triggers here run with the owner's rights, as those of V0004.
create function relance.point_at_detection() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger point_at_detection_of_new after insert on appointments
    referencing new table as new_rows
    for each statement execute function relance.point_at_detection();
create trigger point_at_detection_of_changed after update on appointments
    referencing new table as new_rows
    for each statement execute function relance.point_at_detection();

create function relance.point_at_mark() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into relance.no_show_due (tenant_id, appointment_id, next_due_at)
    values (new.tenant_id, new.appointment_id, '-infinity')
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
    return null;
end $$;
create trigger point_at_new_mark after insert on no_show_marks
    for each row when (new.state = 'active') execute function relance.point_at_mark();
create trigger point_at_mark after update on no_show_marks
    for each row when (new.state = 'active') execute function relance.point_at_mark();

create function relance.activate_no_show_step() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op = 'INSERT' then
        if new.activated_at = '-infinity' then new.activated_at := relance.now(); end if;
    elsif (new.is_enabled and not old.is_enabled) or new.offset_min <> old.offset_min then
        new.activated_at := relance.now();
    end if;
    return new;
end $$;
create trigger activate_no_show_step before insert or update on no_show_steps
    for each row execute function relance.activate_no_show_step();

-- A change of configuration or staff concerns what is still ahead, and the marks whose messages may still be.
create function relance.point_at_no_shows_ahead(tenant text, of_step text) returns void
    language sql security definer set search_path = relance, public, pg_temp
    as $$
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

create function relance.point_on_no_show_step() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.point_at_no_shows_ahead(new.tenant_id, new.step);
    return null;
end $$;
create trigger point_on_no_show_step after insert or update on no_show_steps
    for each row execute function relance.point_on_no_show_step();

create function relance.point_on_time_zone() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.point_at_no_shows_ahead(new.id, s.step) from unnest(array['J+2', 'weekly']) as s (step);
    return null;
end $$;
create trigger point_on_time_zone after update of timezone on organizations
    for each row when (new.timezone <> old.timezone) execute function relance.point_on_time_zone();

create function relance.point_on_chiefs() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.point_at_no_shows_ahead(new.tenant_id, 'host');
    return null;
end $$;
create trigger point_on_hired_chief after insert on users
    for each row when (new.is_active and new.role in ('ADMIN', 'MANAGER')) execute function relance.point_on_chiefs();
create trigger point_on_chief after update of is_active, role on users
    for each row when (
        (new.is_active, new.role) is distinct from (old.is_active, old.role)
        and new.is_active and new.role in ('ADMIN', 'MANAGER'))
    execute function relance.point_on_chiefs();

-- A new organisation gets the product document's calendar (K-06..09).
create function relance.configure_no_shows(tenant text) returns void
    language sql security definer set search_path = relance, public, pg_temp
    as $$
        insert into no_show_steps (tenant_id, step, offset_min, channels) values
            (tenant, 'detection', 15, '{}'),
            (tenant, 'host', 0, '{in_app,email}'),
            (tenant, 'J+0', 30, '{email}'),
            (tenant, 'J+2', 540, '{email}'),
            (tenant, 'weekly', 540, '{in_app,email}')
        on conflict do nothing
    $$;
create function relance.configure_no_shows_of_new() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.configure_no_shows(new.id);
    return null;
end $$;
create trigger configure_no_shows after insert on organizations
    for each row execute function relance.configure_no_shows_of_new();

-- Those that are there already, as of now: nobody is mailed about the past (D-02).
select relance.configure_no_shows(id) from organizations order by id;

revoke execute on function
    relance.no_show_counts(text, timestamptz, timestamptz), relance.detect_no_shows(text, bigint, text[], text[], jsonb),
    relance.decide_no_show(text, uuid, boolean, text, text), relance.point_at_detection(), relance.point_at_mark(),
    relance.activate_no_show_step(), relance.point_at_no_shows_ahead(text, text), relance.point_on_no_show_step(),
    relance.point_on_time_zone(), relance.point_on_chiefs(), relance.configure_no_shows(text),
    relance.configure_no_shows_of_new()
    from public;

grant select on no_show_steps, relance.no_show_due, relance.no_show_rate_due, relance.no_show_looks, relance.no_show_messages,
    relance.open_no_show_messages, relance.no_show_rate_slots to relance_worker;
grant insert, update, delete on relance.no_show_due, relance.no_show_rate_due to relance_worker;
grant execute on function
    relance.no_show_counts(text, timestamptz, timestamptz), relance.detect_no_shows(text, bigint, text[], text[], jsonb)
    to relance_worker;

grant select on no_show_steps, relance.no_show_due, relance.no_show_rate_due, relance.no_show_looks, relance.no_show_messages,
    relance.open_no_show_messages, relance.no_show_rate_slots to relance_ops;
grant insert, update on no_show_steps to relance_ops;
grant insert, update, delete on relance.no_show_due, relance.no_show_rate_due to relance_ops;
grant execute on function
    relance.no_show_counts(text, timestamptz, timestamptz), relance.decide_no_show(text, uuid, boolean, text, text)
    to relance_ops;
