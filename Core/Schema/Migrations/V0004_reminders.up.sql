-- Appointment reminders: configuration, the derivation of steps, and the pointer to what is due next (D-01).

create table reminder_steps (
    tenant_id text not null references organizations (id),
    step text not null check (step in ('T+0', 'T+10', 'J-1', 'H-1', 'T-0', 'moved', 'cancelled')),
    is_enabled boolean not null default true,
    -- Minutes from the anchor: creation for T+0 and T+10, start for the others. A notice of a move or a cancellation is due at
    -- once.
    offset_min integer not null,
    -- A WhatsApp message that cannot be delivered goes out as an SMS, where the organisation has SMS on (D-93).
    falls_back_to_sms boolean not null default true,
    channels text[] not null check (cardinality(channels) > 0 and channels <@ array['email', 'sms', 'whatsapp', 'in_app']),
    -- Nothing due before it is planned (D-02). Kept by trigger: creation, enabling, a new offset.
    activated_at timestamptz not null default '-infinity',
    -- The same for channels that came later, by name: switching SMS on texts nobody about the past.
    channel_activations jsonb not null default '{}' check (jsonb_typeof(channel_activations) = 'object'),
    primary key (tenant_id, step),
    -- Expiry must lie after due (D-02).
    constraint reminder_steps_window check (
        case step
            when 'T+0' then offset_min between 0 and 1439
            when 'T+10' then offset_min between 0 and 1440
            when 'J-1' then offset_min between -43200 and -121
            when 'H-1' then offset_min between -1440 and -6
            when 'T-0' then offset_min between -60 and 19
            else offset_min = 0
        end),
    -- What takes an appointment out of a calendar, or to another day in it, is a mail with an invitation (D-05).
    constraint reminder_steps_notices check (step not in ('moved', 'cancelled') or channels = array['email'])
);

-- What the steps are derived from lies within the calendar that messages can name: an instant beyond it would make the
-- derivation itself fail, and with it the planning of all appointments.
alter table appointments add constraint appointments_calendar check (
    starts_at >= '1900-01-01 00:00:00+00' and starts_at < '9999-01-01 00:00:00+00'
    and created_at >= '1900-01-01 00:00:00+00' and created_at < '9999-01-01 00:00:00+00');

-- The starts that an appointment had before, by revision: a notice says what the lead had been told, and eligibility asks
-- whether that still holds (D-04). One row a revision; kept by trigger.
create table relance.appointment_revisions (
    tenant_id text not null,
    appointment_id text not null,
    revision integer not null,
    starts_at timestamptz not null,
    primary key (tenant_id, appointment_id, revision)
);

-- Which revision a T+0 speaks of: its key always says 0, and it goes out with the start that stands when it is composed.
-- Null is revision 0; written only for what was moved before.
alter table relance.deliveries add column said_revision integer;

-- Next instant at which an appointment has to be looked at; '-infinity' means changed. No row: nothing left to do.
-- The planner reads this index alone; writes to appointments keep it true.
create table relance.appointment_due (
    tenant_id text not null,
    appointment_id text not null,
    next_due_at timestamptz not null,
    primary key (tenant_id, appointment_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
create index appointment_due_next on relance.appointment_due (next_due_at);

-- Every step of every appointment that is live or was cancelled: what, to whom, when, until when. The only definition: eligibility at the moment
-- of sending reads it, and the view after it.
create view relance.appointment_steps as
select
    a.tenant_id,
    a.id as appointment_id,
    s.step,
    c.channel,
    coalesce(r.recipient_type, 'none') as recipient_type,
    coalesce(r.recipient_id, 'none') as recipient_id,
    w.revision,
    w.due_at,
    w.expires_at,
    -- Booked late (D-03) applies to what counts back from the start.
    w.revision_bound and w.due_at < a.armed_at as is_booked_late,
    greatest(s.activated_at, a.imported_at, (s.channel_activations ->> c.channel)::timestamptz) as active_from,
    'reminder:' || a.id || ':' || w.revision || ':' || s.step || ':' || c.channel || ':'
        || coalesce(r.recipient_type || ':' || r.recipient_id, 'none') as dedupe_key
from appointments a
join reminder_steps s on s.tenant_id = a.tenant_id and s.is_enabled
    and (s.step = 'cancelled') = (a.status = 'CANCELLED') and (s.step not in ('moved', 'cancelled') or a.revision > 0)
cross join lateral (
    select
        s.step not in ('T+0', 'T+10') as revision_bound,
        case when s.step in ('T+0', 'T+10') then 0 else a.revision end as revision,
        case
            when s.step in ('T+0', 'T+10') then a.created_at
            -- The revision is the move, the reinstatement or the cancellation.
            when s.step in ('moved', 'cancelled') then a.armed_at
            else a.starts_at
        end + make_interval(mins => s.offset_min) as due_at,
        case s.step
            when 'T+0' then least(a.starts_at, a.created_at + interval '24 hours')
            when 'T+10' then least(a.created_at + make_interval(mins => s.offset_min) + interval '2 hours', a.starts_at)
            when 'J-1' then a.starts_at - interval '2 hours'
            when 'H-1' then a.starts_at - interval '5 minutes'
            -- Longer than the product's quarter-hourly tick, or every third start would be missed.
            when 'T-0' then a.starts_at + interval '20 minutes'
            else least(a.starts_at, a.armed_at + interval '24 hours')
        end as expires_at
) w
cross join lateral unnest(s.channels) as c (channel)
left join lateral (
    select 'lead' as recipient_type, a.lead_id as recipient_id
    where s.step in ('T+0', 'J-1', 'H-1', 'moved', 'cancelled')
    union all
    select 'user' as recipient_type, u.id as recipient_id
    from users u
    where s.step in ('T+10', 'T-0') and u.tenant_id = a.tenant_id and u.id = a.closer_id and u.is_active
    union all
    -- Nobody to tell: the people in charge are told (D-15).
    select 'user' as recipient_type, u.id as recipient_id
    from users u
    where s.step in ('T+10', 'T-0') and u.tenant_id = a.tenant_id and u.role in ('ADMIN', 'MANAGER') and u.is_active
        and not exists (
            select from users closer
            where closer.tenant_id = a.tenant_id and closer.id = a.closer_id and closer.is_active)
) r on true
where a.status in ('SCHEDULED', 'CONFIRMED', 'CANCELLED')
    and (c.channel <> 'sms' or exists (
        select from organization_settings o where o.tenant_id = a.tenant_id and o.sms_enabled))
    and (c.channel <> 'whatsapp' or s.step <> 'T-0' or exists (
        select from closer_settings o
        where o.tenant_id = a.tenant_id and o.user_id = r.recipient_id and o.whatsapp_opt_in));

-- What a lead has been told of an appointment's start, one row a message that left or may have left. A T+0 that a deliverer
-- has in hand counts as one that speaks of what it said last: it may have been composed before a move and leave after it.
create view relance.announcements as
select
    d.tenant_id, d.subject as appointment_id, d.recipient_id as lead_id, d.id as delivery_id, d.step, d.state, w.revision,
    coalesce(r.starts_at, a.starts_at) as starts_at
from relance.deliveries d
cross join lateral (select case d.step when 'T+0' then coalesce(d.said_revision, 0) else d.revision end as revision) w
join appointments a on a.tenant_id = d.tenant_id and a.id = d.subject
left join relance.appointment_revisions r on r.tenant_id = a.tenant_id and r.appointment_id = a.id and r.revision = w.revision
where d.kind = 'reminder' and d.recipient_type = 'lead'
    and (d.state in ('sending', 'sent', 'delivered', 'uncertain')
        or (d.state = 'pending' and d.step = 'T+0' and exists (
            select from relance.jobs j
            where j.tenant_id = d.tenant_id and j.kind = 'message.' || d.channel and j.dedupe_key = d.dedupe_key
                and j.state = 'running')));

-- The steps that are still to be written to the ledger, with what a tick makes of each now. Planner, preview and nightly
-- proof read it.
create view relance.open_steps as
select
    s.*,
    case
        -- Nothing is decided before it is due: a move may still change it.
        when s.due_at > relance.now() then 'ahead'
        when s.due_at >= s.expires_at then 'too_late'
        when s.is_booked_late then 'booked_late'
        when s.recipient_type = 'none' then 'no_recipient'
        when s.expires_at <= relance.now() then 'missed'
        else 'due'
    end as verdict
from relance.appointment_steps s
where s.due_at >= s.active_from
    -- `offset 0` keeps these questions one look-up in an index each. As joins they are planned by statistics of a ledger that
    -- grows while a backlog is planned: from empty, each batch would read all that the ones before it wrote.
    -- What is still ahead is not asked for: it is looked at again when it comes due.
    and (s.due_at > relance.now() or not exists (
        select from relance.deliveries d where d.tenant_id = s.tenant_id and d.dedupe_key = s.dedupe_key offset 0))
    -- Whoever joins after a step was carried out and has expired (another closer, one more manager) has missed nothing.
    and (s.expires_at > relance.now() or not exists (
        select from relance.deliveries d
        where d.tenant_id = s.tenant_id and d.kind = 'reminder' and d.subject = s.appointment_id and d.step = s.step
            and d.revision = s.revision and d.state <> 'cancelled' offset 0));

-- Revision and arming (D-03, D-04). All triggers here run with the owner's rights: the applications that write these
-- tables need none in this schema.
create function relance.arm_appointment() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger arm_appointment before insert or update on appointments
    for each row execute function relance.arm_appointment();

-- Marks what changed; the planner looks at it on its next tick. One statement for a bulk load of a million rows.
create function relance.mark_new_appointments() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
    select tenant_id, id, '-infinity' from new_rows
    where (status in ('SCHEDULED', 'CONFIRMED') or (status = 'CANCELLED' and revision > 0))
        and starts_at > relance.now() - interval '1 day'
    order by tenant_id, id
    on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity';
    return null;
end $$;
create trigger mark_new_appointments after insert on appointments
    referencing new table as new_rows
    for each statement execute function relance.mark_new_appointments();

create function relance.mark_changed_appointments() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger mark_changed_appointments after update on appointments
    referencing old table as old_rows new table as new_rows
    for each statement execute function relance.mark_changed_appointments();

-- A change of configuration or staff concerns the appointments still ahead: all of a tenant, those of one closer, or those
-- that no active closer attends to.
create function relance.mark_appointments_ahead(tenant text, closer text default null, unattended boolean default false)
    returns void
    language sql security definer set search_path = relance, public, pg_temp
    as $$
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

create function relance.activate_reminder_step() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger activate_reminder_step before insert or update on reminder_steps
    for each row execute function relance.activate_reminder_step();

create function relance.mark_on_configuration() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.mark_appointments_ahead(new.tenant_id);
    return null;
end $$;
create trigger mark_on_configuration after insert or update on reminder_steps
    for each row execute function relance.mark_on_configuration();

-- Marks through the steps that it changes. Switching SMS off needs no mark: eligibility is asked again at every send.
create function relance.activate_sms() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    update reminder_steps
    set channel_activations = channel_activations || jsonb_build_object('sms', relance.now())
    where tenant_id = new.tenant_id and 'sms' = any (channels);
    return null;
end $$;
create trigger activate_sms_on_insert after insert on organization_settings
    for each row when (new.sms_enabled) execute function relance.activate_sms();
create trigger activate_sms_on_update after update of sms_enabled on organization_settings
    for each row when (new.sms_enabled and not old.sms_enabled) execute function relance.activate_sms();

create function relance.mark_on_staff() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.mark_appointments_ahead(
        new.tenant_id, new.id,
        new.role in ('ADMIN', 'MANAGER') or (tg_op = 'UPDATE' and old.role in ('ADMIN', 'MANAGER')));
    return null;
end $$;
create trigger mark_on_hiring after insert on users
    for each row when (new.is_active and new.role in ('ADMIN', 'MANAGER')) execute function relance.mark_on_staff();
create trigger mark_on_staff after update of is_active, role on users
    for each row when ((new.is_active, new.role) is distinct from (old.is_active, old.role))
    execute function relance.mark_on_staff();

create function relance.mark_on_closer_settings() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    perform relance.mark_appointments_ahead(new.tenant_id, new.user_id);
    return null;
end $$;
create trigger mark_on_closer_settings after insert or update of whatsapp_opt_in on closer_settings
    for each row execute function relance.mark_on_closer_settings();

-- A new organisation gets the sequence of the product document (K-01..05), the notices of moves and cancellations, settings
-- and calendar.
create function relance.configure_organization() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger configure_organization after insert on organizations
    for each row execute function relance.configure_organization();

-- WhatsApp falls back to SMS where the step allows it (D-93): on a definite refusal or a missing channel, never when the
-- outcome is unknown or the recipient has opted out. Whichever statement ends the message, the SMS comes in its commit.
create function relance.fall_back_to_sms() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger fall_back_to_sms after update of state on relance.deliveries
    for each row
    when (new.channel = 'whatsapp' and old.state in ('pending', 'sending', 'sent', 'uncertain')
        and ((new.state = 'failed' and new.reason <> 'opted_out')
            or (new.state = 'skipped' and new.reason in ('channel_not_configured', 'no_whatsapp_template'))))
    execute function relance.fall_back_to_sms();
