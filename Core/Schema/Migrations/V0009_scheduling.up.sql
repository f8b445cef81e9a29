-- Scheduling over HTTP: bookings, changes, calls, no-show marks and the blacklist (K-10, K-11, K-23, K-31..33, D-20..23).
-- Whoever marks, undoes or blacklists (ingest, the detector, operators) calls the functions below: one definition for all.

alter table organization_settings
    -- In review mode a no-show waits for somebody to confirm or dismiss it (D-20); a host's absence is told at once, being none.
    add column no_show_mode text not null default 'auto' check (no_show_mode in ('auto', 'review')),
    -- Missed appointments that put a person on the blacklist (K-10), whether those without telemetry count, and for how long.
    add column blacklist_after smallint not null default 2 check (blacklist_after > 0),
    add column blacklist_counts_unknown boolean not null default false,
    add column blacklist_days integer check (blacklist_days between 1 and 36500);

-- That an appointment did not take place, and why. One mark for each appointment and revision, for good: whoever detects finds
-- it and looks no further (D-94), also when it was reverted or speaks of the host, which is no no-show (D-20).
create table no_show_marks (
    tenant_id text not null references organizations (id),
    -- What the messages about it have as their subject.
    id uuid not null default gen_random_uuid(),
    appointment_id text not null,
    revision integer not null,
    lead_id text not null,
    cause text not null check (cause in ('lead', 'host', 'none', 'unknown')),
    source text not null check (source in ('auto', 'manual')),
    -- Proposed: waits for a decision. Reverted: undone or dismissed.
    state text not null check (state in ('proposed', 'active', 'reverted')),
    -- Rises when a person marks anew what was undone: what was cancelled then is another message now.
    revival integer not null default 0 check (revival >= 0),
    -- What an undo puts back.
    status_before text not null check (status_before in ('SCHEDULED', 'CONFIRMED')),
    -- Who was seen when; no personal data.
    evidence jsonb not null default '{}' check (jsonb_typeof(evidence) = 'object'),
    reason text check (length(reason) <= 500),
    detected_at timestamptz not null default relance.now(),
    -- Null where the detector decided by itself.
    decided_by text,
    decided_at timestamptz,
    reverted_at timestamptz,
    reverted_by text,
    revert_cause text check (revert_cause in ('call_start', 'late_join', 'completed', 'status', 'dismissed')),
    primary key (tenant_id, id),
    constraint no_show_marks_once unique (tenant_id, appointment_id, revision),
    constraint no_show_marks_reverted check (
        (state = 'reverted') = (reverted_at is not null) and (reverted_at is null) = (revert_cause is null)),
    foreign key (tenant_id, appointment_id) references appointments (tenant_id, id)
);
create index no_show_marks_lead on no_show_marks (tenant_id, lead_id) where state = 'active';

-- Who may not book in public (D-23): a person is known by e-mail or telephone, whichever lead they come as.
create table blacklist_entries (
    tenant_id text not null references organizations (id),
    id uuid not null default gen_random_uuid(),
    lead_id text,
    email text check (email = lower(btrim(email)) and email <> ''),
    phone text check (phone <> ''),
    source text not null check (source in ('auto', 'manual')),
    reason text check (length(reason) <= 500),
    created_at timestamptz not null default relance.now(),
    created_by text not null,
    expires_at timestamptz,
    ended_at timestamptz,
    ended_by text,
    -- Lifted by hand, after which the count begins anew; or undone with the no-show that had led to it.
    ended_how text check (ended_how in ('lifted', 'undone')),
    primary key (tenant_id, id),
    constraint blacklist_entries_person check (num_nonnulls(lead_id, email, phone) > 0),
    constraint blacklist_entries_ended check (
        (ended_at is null) = (ended_how is null) and (ended_at is null) = (ended_by is null))
);
create index blacklist_entries_lead on blacklist_entries (tenant_id, lead_id);
create index blacklist_entries_email on blacklist_entries (tenant_id, email);
create index blacklist_entries_phone on blacklist_entries (tenant_id, phone);
-- As leads_phone_digits.
create index blacklist_entries_phone_digits on blacklist_entries (tenant_id, right(regexp_replace(phone, '\D', '', 'g'), 7));

-- How an address is compared. Ingest and import store numbers as E.164; another application's are at least stripped.
create function relance.normal_email(email text) returns text
    language sql immutable parallel safe
    as $$ select nullif(lower(btrim(email)), '') $$;
create function relance.normal_phone(phone text) returns text
    language sql immutable parallel safe
    as $$ select nullif(regexp_replace(regexp_replace(phone, '[^0-9+]', '', 'g'), '^00', '+'), '') $$;

-- Whether two numbers are one person's: the same but for the way of writing, or one with a country code and one as it is dialled at
-- home, with or without a leading 0. From nine digits on, or too many would agree. In PL/pgSQL, as is_blacklisted: in SQL it would be
-- planned anew by each statement.
create function relance.same_phone(one text, other text) returns boolean
    language plpgsql immutable parallel safe
    as $$
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

-- Whether a person is on the blacklist now: by lead, e-mail or telephone. In PL/pgSQL, which keeps the plan of its question.
create function relance.is_blacklisted(tenant text, lead text, email text, phone text) returns boolean
    language plpgsql stable security definer set search_path = relance, public, pg_temp
    as $$
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

-- Brings the blacklist in step with a person's no-shows (K-10, D-23): on it from the organisation's number of missed
-- appointments on, off it again when an undo brings them below. Entries by hand stay; after a lifting only later no-shows count.
create function relance.settle_blacklist(tenant text, lead text, actor text) returns void
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Takes back the mark of an appointment's revision, with all that followed from it (D-21): the count, an automatic blacklist,
-- what was about to be sent about it. The appointment's status is the caller's.
create function relance.revert_mark(tenant text, appointment text, at_revision integer, actor text, why text) returns boolean
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Undoes a no-show: the appointment has again the status that it had. False where there is nothing to undo.
create function relance.revert_no_show(tenant text, appointment text, actor text, why text) returns boolean
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Marks an appointment (K-32, D-20). The detector's word (`auto`) comes once for each revision; a person's can set the cause
-- right, or mark anew what was reverted. A host who did not come is marked, but the appointment is no no-show then.
-- Returns marked, kept (it says so already), not_found, early (it has not begun) or invalid (its status forbids it).
create function relance.mark_no_show(
    tenant text, appointment text, why text, by_whom text, actor text, said text default null, seen jsonb default '{}'
) returns text
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Whichever application says that an appointment took place after all: its mark goes (D-21). A move to another day is no such
-- word: the mark of the day that was missed stays.
create function relance.revert_mark_on_status() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger revert_mark_on_status after update of status on appointments
    for each row when (
        new.revision = old.revision and new.status <> old.status
        and (new.status = 'COMPLETED' or (old.status = 'NO_SHOW' and new.status in ('SCHEDULED', 'CONFIRMED'))))
    execute function relance.revert_mark_on_status();

-- The order of the list of appointments.
create index appointments_listing on appointments (tenant_id, starts_at, id);

-- Calls: a call is one session of an appointment's room, and at most one of them is open. Whoever hears of it first (the API,
-- LiveKit's webhook) opens it under the appointment's own id, a further one under `{appointment}:{ordinal}`; the others meet the
-- same row. A participant's identity is `lead:{lead}` or `user:{user}`, as the links' tokens have it.
create unique index calls_open on calls (tenant_id, appointment_id) where ended_at is null;

-- Whether only somebody's word says so (a button in a dashboard): the room itself has told nothing of them. Whoever blames one side
-- by the presence of the other needs more than that (D-20).
alter table call_participants add column is_claimed boolean not null default false;

-- The open call of an appointment, opened at `instant` where there is none. Null for an appointment that does not exist.
create function relance.open_call(tenant text, appointment text, instant timestamptz) returns text
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- Somebody is in a call; who is there already stays since when they came. The caller holds the call's lock.
create function relance.join_call(
    tenant text, call text, who text, as_role text, instant timestamptz, claimed boolean default false
) returns boolean
    language sql set search_path = public, pg_temp
    as $$
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

-- A call has ended, whoever reports it. Where both sides were in it together, the appointment it was held for is completed: not
-- one that has been moved to another time since it began, nor one that was cancelled.
create function relance.complete_appointment() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger complete_appointment after update of ended_at on calls
    for each row when (old.ended_at is null and new.ended_at is not null) execute function relance.complete_appointment();

-- Ends a call and whoever is still in it. Returns whether that completed its appointment.
create function relance.end_call(tenant text, call text, instant timestamptz) returns boolean
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- From when on a call is an appointment's: since it has its time, or from an hour before its start. An earlier one was begun for
-- the time that it was moved from.
create function relance.call_time(a appointments) returns timestamptz
    language sql immutable parallel safe
    as $$ select least(a.armed_at, a.starts_at - interval '1 hour') $$;

-- An appointment was moved: a call that nobody has ended is over for it. Else whoever was in it would be taken to be there at the
-- new time, and whoever comes then would join the old one. It completes nothing, as it began before.
create function relance.end_call_of_before() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.end_call(c.tenant_id, c.id, new.armed_at)
    from calls c
    where c.tenant_id = new.tenant_id and c.appointment_id = new.id and c.ended_at is null
        and c.started_at < relance.call_time(new);
    return null;
end $$;
create trigger end_call_of_before after update on appointments
    for each row when (new.armed_at > old.armed_at) execute function relance.end_call_of_before();

-- Who came into appointments' rooms and left them, as LiveKit tells it: in any order, any number of times (K-23). An event belongs
-- to the session that it falls into, else to the one that has begun since; where all were over by then, another has begun. What ends
-- something is told late too, and ends nothing that has begun after it.
-- Somebody's stay is known by the instant of coming, and whom the API has in already stays since then.
create function relance.note_rooms(
    tenants text[], of_appointments text[], kinds text[], identities text[], roles text[], joinings timestamptz[],
    instants timestamptz[]
) returns void
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- Who was missed comes after all (D-21), whoever reports it: the lead, or the host where he was the one. The others' presence
-- says nothing new.
create function relance.revert_mark_on_join() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger revert_mark_on_join after insert on call_participants
    for each row execute function relance.revert_mark_on_join();

-- What an appointment may become by hand; NO_SHOW comes with a mark only.
create function relance.next_statuses(status text) returns text[]
    language sql immutable parallel safe
    as $$
        select case status
            when 'SCHEDULED' then array['CONFIRMED', 'COMPLETED', 'CANCELLED']
            when 'CONFIRMED' then array['SCHEDULED', 'COMPLETED', 'CANCELLED']
            when 'NO_SHOW' then array['SCHEDULED', 'CONFIRMED', 'COMPLETED']
            when 'CANCELLED' then array['SCHEDULED']
            else '{}'
        end
    $$;

-- Whether a closer is taken: another live appointment, with the organisation's buffer between the two.
create function relance.is_taken(tenant text, closer text, starts timestamptz, minutes integer, besides text) returns boolean
    language sql stable set search_path = public, pg_temp
    as $$
        select exists (
            select from appointments a
            cross join (select coalesce(max(buffer_min), 0) as gap from calendar_configs where tenant_id = tenant) c
            where a.tenant_id = tenant and a.closer_id = closer and a.id <> besides and a.status in ('SCHEDULED', 'CONFIRMED')
                -- What may reach into it began within the longest duration before.
                and a.starts_at > starts - make_interval(mins => 1440 + c.gap)
                and a.starts_at < starts + make_interval(mins => minutes + c.gap)
                and starts < a.starts_at + make_interval(mins => a.duration_min + c.gap))
    $$;

-- Plans the steps of one appointment that are due now, in the commit of the booking: that is its confirmation (D-01). Steps and
-- verdicts are the view's; the ledger's key makes whoever comes second, planner or this, write nothing.
create function relance.plan_due_steps(tenant text, appointment text) returns bigint
    language sql security definer set search_path = relance, public, pg_temp
    as $$
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

-- Books an appointment: all questions first, then the writes, so that a refusal leaves nothing behind. The caller holds the
-- organisation's scheduling lock (lock_scheduling.sql). Returns its outcome.
create function relance.book(tenant text, appointment text, given jsonb) returns jsonb
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- Changes an appointment: a move, another status, another closer, particulars. What it says already is done already.
create function relance.change_appointment(tenant text, appointment text, given jsonb) returns jsonb
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- A call begins: the open one, or a new one, which undoes a no-show (D-21). Whoever starts it may be in it at once.
create function relance.start_call(tenant text, appointment text, given jsonb) returns jsonb
    language plpgsql set search_path = public, pg_temp
    as $$
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

-- Who somebody in a call is, where the caller does not say: the appointment's lead, or its closer.
create function relance.call_identity(a appointments, as_role text, given text) returns text
    language sql immutable parallel safe
    as $$
        select coalesce(given, case as_role when 'lead' then 'lead:' || a.lead_id else 'user:' || coalesce(a.closer_id, '') end)
    $$;

-- What a batch of scheduling requests does, one after the other: each sees what those before it wrote.
create function relance.schedule(tenant text, action text, subject text, given jsonb) returns jsonb
    language plpgsql set search_path = public, pg_temp
    as $$
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

revoke execute on function
    relance.normal_email(text), relance.normal_phone(text), relance.same_phone(text, text), relance.is_blacklisted(text, text, text, text),
    relance.settle_blacklist(text, text, text), relance.revert_mark(text, text, integer, text, text),
    relance.revert_no_show(text, text, text, text), relance.mark_no_show(text, text, text, text, text, text, jsonb),
    relance.revert_mark_on_status(), relance.open_call(text, text, timestamptz),
    relance.join_call(text, text, text, text, timestamptz, boolean), relance.end_call(text, text, timestamptz),
    relance.revert_mark_on_join(), relance.complete_appointment(), relance.call_time(appointments),
    relance.end_call_of_before(), relance.next_statuses(text),
    relance.note_rooms(text[], text[], text[], text[], text[], timestamptz[], timestamptz[]),
    relance.is_taken(text, text, timestamptz, integer, text), relance.plan_due_steps(text, text),
    relance.book(text, text, jsonb), relance.change_appointment(text, text, jsonb), relance.start_call(text, text, jsonb),
    relance.call_identity(appointments, text, text), relance.schedule(text, text, text, jsonb)
    from public;

grant insert, update (status, starts_at, duration_min, closer_id, video, video_url, location, updated_at) on appointments
    to relance_ingest;
grant insert, update (status) on leads to relance_ingest;
grant select on calendar_configs, closer_settings, message_templates, no_show_marks, blacklist_entries, relance.announcements,
    relance.appointment_revisions to relance_ingest;
grant execute on function
    relance.normal_email(text), relance.normal_phone(text), relance.same_phone(text, text), relance.is_blacklisted(text, text, text, text),
    relance.revert_no_show(text, text, text, text), relance.mark_no_show(text, text, text, text, text, text, jsonb),
    relance.open_call(text, text, timestamptz), relance.join_call(text, text, text, text, timestamptz, boolean),
    relance.end_call(text, text, timestamptz), relance.call_time(appointments), relance.next_statuses(text),
    relance.note_rooms(text[], text[], text[], text[], text[], timestamptz[], timestamptz[]),
    relance.is_taken(text, text, timestamptz, integer, text), relance.plan_due_steps(text, text),
    relance.book(text, text, jsonb), relance.change_appointment(text, text, jsonb), relance.start_call(text, text, jsonb),
    relance.call_identity(appointments, text, text), relance.schedule(text, text, text, jsonb)
    to relance_ingest;

grant select on no_show_marks, blacklist_entries, calls, call_participants to relance_worker;
grant execute on function
    relance.normal_email(text), relance.normal_phone(text), relance.same_phone(text, text), relance.is_blacklisted(text, text, text, text),
    relance.revert_no_show(text, text, text, text), relance.mark_no_show(text, text, text, text, text, text, jsonb)
    to relance_worker;

grant select on no_show_marks, blacklist_entries to relance_ops;
grant insert, update on blacklist_entries to relance_ops;
grant execute on function
    relance.normal_email(text), relance.normal_phone(text), relance.same_phone(text, text), relance.is_blacklisted(text, text, text, text),
    relance.settle_blacklist(text, text, text), relance.revert_no_show(text, text, text, text),
    relance.mark_no_show(text, text, text, text, text, text, jsonb)
    to relance_ops;
