-- Abandoned forms are won back (K-12..14): settings, the derivation of a sequence and its steps, the pointers to what is due
-- next (D-01, D-50..52), the recovery rate.

-- Where the form's public page is found, if not under its id [K:130].
alter table forms add column slug text check (slug <> '');

alter table form_abandons
    -- When the sequence came to its first mail: planned, or left out for the hold-out group.
    add column sequence_at timestamptz,
    -- Drawn once, by the address: who is held out gets no mail and tells what recovery is worth.
    add column is_held_out boolean,
    add constraint form_abandons_drawn check ((sequence_at is null) = (is_held_out is null));
create index form_abandons_sequence on form_abandons (tenant_id, sequence_at) where sequence_at is not null;
create index deals_won on deals (tenant_id, lead_id) where stage = 'WON';

create table recovery_settings (
    tenant_id text primary key references organizations (id),
    is_enabled boolean not null default true,
    -- Nothing due before it is planned (D-02). Kept by trigger: creation and enabling.
    activated_at timestamptz not null default '-infinity',
    -- So many of a hundred people are left alone, so that the rate can be told from what would have come anyway (D-52).
    holdout_percent smallint not null default 0 check (holdout_percent between 0 and 90),
    updated_at timestamptz not null default now()
);

-- A visitor who is no lead gets mail too.
alter table relance.deliveries
    drop constraint deliveries_recipient_type_check,
    add constraint deliveries_recipient_type_check check (recipient_type in ('lead', 'user', 'visitor', 'none'));

-- Next instant at which an abandon has to be looked at; '-infinity' means that something has changed. Writers only ever add a
-- row, so none of them waits for the planner, nor for another writer; the planner takes all rows of an abandon away and leaves
-- one. No row: nothing left to do.
create table relance.abandon_due (
    id bigint generated always as identity primary key,
    tenant_id text not null,
    abandon_id text not null,
    next_due_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
create index abandon_due_next on relance.abandon_due (next_due_at);
create index abandon_due_abandon on relance.abandon_due (tenant_id, abandon_id);

-- The steps of a sequence, each so long after the last activity (D-50).
create view relance.recovery_schedule as
select * from (values ('+1h', 1, interval '1 hour'), ('+24h', 2, interval '24 hours'), ('+72h', 3, interval '72 hours'))
    as s (step, place, after);

-- Whether a person belongs to the hold-out group: the same at every visit.
create function relance.is_held_out(tenant text, address text, percent smallint) returns boolean
    language sql immutable strict parallel safe
    as $$
        select (get_byte(h, 0) * 256 + get_byte(h, 1)) % 100 < percent
        from sha256(convert_to('hold-out' || chr(31) || tenant || chr(31) || lower(address), 'UTF8')) as h
    $$;

-- Until when a person gets no further recovery mail: 12 hours after the last, and three in seven days, whichever visit they were
-- about (D-50, K-12). What counts is what was really sent, or may have been.
create function relance.recovery_quiet_until(tenant text, address text, besides bigint) returns timestamptz
    language sql stable
    as $$
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

-- Every abandon: whom it is about, how long its sequence may last, and what has ended it (D-51). The only definition: planner and
-- the claim of a send both read it. Suppressed addresses are known by their hash alone and are asked for where that is at hand.
create view relance.recoveries as
select
    a.tenant_id,
    a.id as abandon_id,
    a.form_id,
    a.email,
    a.last_activity_at,
    a.created_at,
    a.mailed_at,
    a.sequence_at,
    a.is_held_out,
    a.ended_at,
    a.ended_reason,
    a.last_activity_at + interval '7 days' as stop_at,
    -- Until then a submission is laid to the sequence (D-52).
    greatest(a.last_activity_at, a.mailed_at, case when a.is_held_out then a.sequence_at end) + interval '7 days' as closes_at,
    a.email is not null and coalesce(r.is_enabled, false) as is_wanted,
    coalesce(r.activated_at, 'infinity') as activated_at,
    coalesce(r.holdout_percent, 0::smallint) as holdout_percent,
    p.lead_id,
    s.id as submission_id,
    s.created_at as submitted_at,
    case
        when s.id is not null then 'submitted'
        when p.is_erased then 'erased'
        when f.status <> 'ACTIVE' then 'form_not_active'
        when p.is_disqualified then 'disqualified'
        when p.is_won or w.is_won then 'converted'
        -- The status stays when the appointment is over: it speaks where no appointment does.
        when b.is_booked or (p.is_scheduled and not b.is_known) then 'booked'
        -- Looked up where nothing else has ended it.
        when relance.is_blacklisted(a.tenant_id, null, a.email, a.phone) or exists (
            select from leads l
            where l.tenant_id = a.tenant_id and l.id = any (p.leads) and l.erased_at is null
                and relance.is_blacklisted(l.tenant_id, l.id, l.email, l.phone)) then 'lead_blacklisted'
        when a.marketing_consent = 'denied' or p.has_denied then 'no_consent'
        when coalesce(o.requires_consent, false) and a.marketing_consent <> 'granted' and not p.has_granted then 'no_consent'
        when n.is_superseded then 'superseded'
    end as exit_reason
from form_abandons a
join forms f on f.tenant_id = a.tenant_id and f.id = a.form_id
left join recovery_settings r on r.tenant_id = a.tenant_id
left join organization_settings o on o.tenant_id = a.tenant_id
-- Each look is one in an index; as joins they would be planned as passes over whole tables.
cross join lateral (
    select
        (array_agg(l.id order by l.rank, l.created_at, l.id) filter (where l.erased_at is null))[1] as lead_id,
        coalesce(array_agg(l.id), '{}') as leads,
        -- Whoever comes back after it starts anew.
        coalesce(bool_or(l.erased_at >= a.created_at), false) as is_erased,
        coalesce(bool_or(l.status = 'DISQUALIFIED'), false) as is_disqualified,
        coalesce(bool_or(l.status = 'WON'), false) as is_won,
        coalesce(bool_or(l.status = 'APPOINTMENT_SCHEDULED'), false) as is_scheduled,
        coalesce(bool_or(l.marketing_consent = 'denied'), false) as has_denied,
        coalesce(bool_or(l.marketing_consent = 'granted'), false) as has_granted
    from (
        select l.id, 1 as rank, l.created_at, l.erased_at, l.status, l.marketing_consent from leads l
        where l.tenant_id = a.tenant_id and lower(l.email) = lower(a.email)
        union all
        select l.id, 2, l.created_at, l.erased_at, l.status, l.marketing_consent from leads l
        where l.tenant_id = a.tenant_id and l.phone = a.phone
    ) l
    offset 0
) p
cross join lateral (
    select exists (
        select from deals d where d.tenant_id = a.tenant_id and d.lead_id = any (p.leads) and d.stage = 'WON') as is_won
    offset 0
) w
cross join lateral (
    select
        coalesce(bool_or(ap.status <> 'CANCELLED' and (
            ap.created_at >= a.created_at or (ap.starts_at > relance.now() and ap.status in ('SCHEDULED', 'CONFIRMED')))), false)
            as is_booked,
        count(*) > 0 as is_known
    from appointments ap
    where ap.tenant_id = a.tenant_id and ap.lead_id = any (p.leads)
    offset 0
) b
left join lateral (
    select s.id, s.created_at
    from (
        select s.id, s.created_at from form_submissions s
        where s.tenant_id = a.tenant_id and s.form_id = a.form_id and s.session_id = a.session_id and s.session_id is not null
        union all
        -- A page that is left right after its submission may tell of an abandon: the same form counts a day back.
        select s.id, s.created_at from form_submissions s
        where s.tenant_id = a.tenant_id and lower(s.email) = lower(a.email) and s.email is not null
            and s.created_at >= a.created_at - case when s.form_id = a.form_id then interval '1 day' else interval '0' end
        union all
        select s.id, s.created_at from form_submissions s
        where s.tenant_id = a.tenant_id and s.phone = a.phone and s.phone is not null
            and s.created_at >= a.created_at - case when s.form_id = a.form_id then interval '1 day' else interval '0' end
    ) s
    order by s.created_at, s.id
    limit 1
) s on true
cross join lateral (
    select exists (
        select from form_abandons n
        where n.tenant_id = a.tenant_id and n.email is not null and lower(n.email) = lower(a.email)
            and (n.last_activity_at, n.id) > (a.last_activity_at, a.id)
    ) as is_superseded
    offset 0
) n;

-- What a tick makes of every abandon that has not ended. Planner, preview and nightly proof read it.
create view relance.open_recoveries as
select
    r.*,
    q.quiet_until,
    c.step,
    -- The mail before it was too near: then it is due later.
    greatest(c.due_at, q.quiet_until) as due_at,
    -- What was not sent in time is not made up for one by one (D-50).
    coalesce(c.collapsed, '{}') as collapsed,
    n.next_due_at,
    case
        when r.exit_reason is not null then 'exit'
        when not r.is_wanted then 'idle'
        when l.is_in_flight then 'in_flight'
        when r.is_held_out or c.step is null then 'idle'
        -- Older than a sequence lasts when it was written: nobody missed it.
        when r.created_at >= r.stop_at then 'too_late'
        when q.quiet_until >= r.stop_at then 'recent_mail'
        when r.stop_at <= relance.now() then 'missed'
        when q.quiet_until > relance.now() then 'wait'
        when r.is_held_out is null and relance.is_held_out(r.tenant_id, r.email, r.holdout_percent) then 'hold_out'
        else 'due'
    end as verdict
from relance.recoveries r
cross join lateral (
    select
        coalesce(max(s.place), 0) as last_place,
        coalesce(bool_or(d.state in ('pending', 'sending')), false) as is_in_flight
    from relance.deliveries d
    join relance.recovery_schedule s on s.step = d.step
    where d.tenant_id = r.tenant_id and d.subject = r.abandon_id and d.kind = 'recovery'
        -- What its claim gave back is open again.
        and not (d.state = 'cancelled' and d.reason in ('active_again', 'too_soon'))
    offset 0
) l
cross join lateral (select relance.recovery_quiet_until(r.tenant_id, r.email, null) as quiet_until offset 0) q
left join lateral (
    select
        s.step, s.place, r.last_activity_at + s.after as due_at,
        array(
            select e.step
            from relance.recovery_schedule e
            where e.place > l.last_place and e.place < s.place and r.last_activity_at + e.after >= r.activated_at
            order by e.place) as collapsed
    from relance.recovery_schedule s
    where r.is_wanted and s.place > l.last_place
        and r.last_activity_at + s.after <= relance.now() and r.last_activity_at + s.after >= r.activated_at
    order by s.place desc
    limit 1
) c on true
cross join lateral (
    select min(r.last_activity_at + s.after) as next_due_at
    from relance.recovery_schedule s
    where r.is_wanted and r.is_held_out is not true and s.place > greatest(l.last_place, c.place)
        and r.last_activity_at + s.after > relance.now() and r.last_activity_at + s.after >= r.activated_at
) n
where r.ended_at is null;

-- The same for some abandons, with what only a hash can tell: whether the address is suppressed (D-16); and what follows: how a
-- sequence ends, and when to look again (null: never). Hashes are hex; null where there is no address. What is written, and what
-- a preview shows, is made of this.
create function relance.look_at_recoveries(tenants text[], abandons text[], hashes text[])
    returns table (
        tenant_id text, abandon_id text, form_id text, lead_id text, last_activity_at timestamptz, verdict text, step text,
        due_at timestamptz, stop_at timestamptz, collapsed text[], end_reason text, submission_id text, is_recovered boolean,
        look_at timestamptz)
    language sql stable
    as $$
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

-- Sequences by form and local week of their first mail, and of those held out, by the week in which theirs would have gone out;
-- recovered is what was submitted within seven days of it, by whatever way (D-52). A submission counts once: for the visit that
-- ingest laid it to, else for the person's last sequence before it.
create view relance.recovery_weeks as
select
    a.tenant_id, a.form_id, w.week,
    count(*) filter (where not a.is_held_out)::integer as mailed,
    count(*) filter (where not a.is_held_out and s.is_submitted)::integer as recovered,
    count(*) filter (where a.is_held_out)::integer as held_out,
    count(*) filter (where a.is_held_out and s.is_submitted)::integer as held_out_submitted
from form_abandons a
join organizations o on o.id = a.tenant_id
cross join lateral (
    select min(d.sent_at) as sent_at
    from relance.deliveries d
    where d.tenant_id = a.tenant_id and d.subject = a.id and d.kind = 'recovery' and d.state in ('sent', 'delivered')
    offset 0
) d
cross join lateral (select case when a.is_held_out then a.sequence_at else d.sent_at end as began_at) b
cross join lateral (select date_trunc('week', b.began_at at time zone o.timezone)::date as week) w
cross join lateral (
    select exists (
        select
        from (
            select s.created_at, s.abandon_id, s.is_recovery from form_submissions s
            where s.tenant_id = a.tenant_id and s.id = a.submission_id
            union all
            select s.created_at, s.abandon_id, s.is_recovery from form_submissions s
            where s.tenant_id = a.tenant_id and s.form_id = a.form_id and s.session_id = a.session_id and s.session_id is not null
            union all
            select s.created_at, s.abandon_id, s.is_recovery from form_submissions s
            where s.tenant_id = a.tenant_id and lower(s.email) = lower(a.email) and s.email is not null
            union all
            select s.created_at, s.abandon_id, s.is_recovery from form_submissions s
            where s.tenant_id = a.tenant_id and s.phone = a.phone and s.phone is not null
        ) s
        where s.created_at >= b.began_at and s.created_at < b.began_at + interval '7 days'
            and case
                when s.is_recovery and s.abandon_id is not null then s.abandon_id = a.id
                else not exists (
                    select from form_abandons n
                    where n.tenant_id = a.tenant_id and n.email is not null and lower(n.email) = lower(a.email)
                        and coalesce(n.mailed_at, n.sequence_at) <= s.created_at
                        and (n.mailed_at is not null or n.is_held_out)
                        and (coalesce(n.mailed_at, n.sequence_at), n.id) > (b.began_at, a.id))
            end
    ) as is_submitted
    offset 0
) s
-- The others' weeks are over: their rates are written, and nothing changes them.
where a.sequence_at > relance.now() - interval '49 days' and b.began_at is not null
group by a.tenant_id, a.form_id, w.week;

-- The same, kept beyond the abandons' own life (D-74): written anew each hour for the weeks that can still change.
create table recovery_rates (
    tenant_id text not null,
    form_id text not null,
    -- Its Monday, by the organisation's calendar.
    week date not null,
    mailed integer not null,
    recovered integer not null,
    held_out integer not null,
    held_out_submitted integer not null,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, form_id, week),
    foreign key (tenant_id, form_id) references forms (tenant_id, id)
);

-- Marks what has changed. All triggers here run with the owner's rights: the applications that write these tables need none in
-- this schema.
create function relance.mark_abandons() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger mark_new_abandons after insert on form_abandons
    referencing new table as new_rows
    for each statement execute function relance.mark_abandons();

create function relance.mark_changed_abandons() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger mark_changed_abandons after update on form_abandons
    referencing old table as old_rows new table as new_rows
    for each statement execute function relance.mark_changed_abandons();

-- A recovery mail that has left, ended or come back: the abandon learns of its first mail (D-52) and is looked at. Nobody waits
-- here: whoever holds the abandon's row leaves it to the planner, which looks next.
create function relance.follow_recovery() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
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
create trigger follow_recovery after update of state on relance.deliveries
    for each row
    when (new.kind = 'recovery' and new.state is distinct from old.state and new.state <> 'sending')
    execute function relance.follow_recovery();

create function relance.activate_recovery() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    if tg_op = 'INSERT' then
        if new.activated_at = '-infinity' then new.activated_at := relance.now(); end if;
    elsif new.is_enabled and not old.is_enabled then
        new.activated_at := relance.now();
    end if;
    new.updated_at := relance.now();
    return new;
end $$;
create trigger activate_recovery before insert or update on recovery_settings
    for each row execute function relance.activate_recovery();

create function relance.mark_on_recovery_settings() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
    select a.tenant_id, a.id, '-infinity' from form_abandons a where a.tenant_id = new.tenant_id and a.ended_at is null;
    return null;
end $$;
create trigger mark_on_new_recovery_settings after insert on recovery_settings
    for each row execute function relance.mark_on_recovery_settings();
create trigger mark_on_recovery_settings after update of is_enabled, activated_at on recovery_settings
    for each row
    when ((new.is_enabled, new.activated_at) is distinct from (old.is_enabled, old.activated_at))
    execute function relance.mark_on_recovery_settings();

create function relance.add_recovery_settings() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    insert into recovery_settings (tenant_id) values (new.id) on conflict do nothing;
    return null;
end $$;
create trigger add_recovery_settings after insert on organizations
    for each row execute function relance.add_recovery_settings();

-- Organisations that are here already begin now: nobody is written to about the past (D-02).
insert into recovery_settings (tenant_id) select id from organizations;

-- What may not reach somebody now: a visitor without a lead has hours, consent and zone too, and what was said at the form counts
-- for a recovery mail (D-17).
create or replace function relance.hold_on_marketing(d relance.deliveries, address bytea) returns relance.hold
    language plpgsql stable
    as $$
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

grant select on relance.abandon_due, relance.recovery_schedule, relance.recoveries, relance.open_recoveries,
    relance.recovery_weeks, recovery_settings, recovery_rates to relance_worker, relance_ops;
-- Whether a visit can still be resumed.
grant select on relance.recoveries to relance_ingest;
-- All but what was typed.
grant select (
    tenant_id, id, form_id, session_id, email, phone, name, locale, timezone, marketing_consent, last_activity_at, created_at,
    mailed_at, sequence_at, is_held_out, ended_at, ended_reason, submission_id, recovered_at, updated_at)
    on form_abandons to relance_worker;
grant update (mailed_at, sequence_at, is_held_out, ended_at, ended_reason, submission_id, recovered_at, updated_at)
    on form_abandons to relance_worker;
grant select on forms to relance_worker;
grant insert, delete on relance.abandon_due to relance_worker, relance_ops;
grant insert, update on recovery_rates to relance_worker;
grant update (is_enabled, holdout_percent) on recovery_settings to relance_ops;

revoke execute on function relance.is_held_out(text, text, smallint), relance.recovery_quiet_until(text, text, bigint),
    relance.look_at_recoveries(text[], text[], text[]), relance.mark_abandons(), relance.mark_changed_abandons(),
    relance.follow_recovery(), relance.activate_recovery(), relance.mark_on_recovery_settings(), relance.add_recovery_settings()
    from public;
grant execute on function relance.is_held_out(text, text, smallint), relance.recovery_quiet_until(text, text, bigint),
    relance.look_at_recoveries(text[], text[], text[]) to relance_worker, relance_ops;

-- What has been captured before this stands open: it ends in its time.
insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
select tenant_id, id, '-infinity' from form_abandons where ended_at is null;
