-- Business tables of the four products (K-18, M-01). tenant_id = organizations.id and leads every key (D-76).

-- Zones are checked where they are written, so that no message fails on one later.
create function relance.is_time_zone(zone text) returns boolean
    language plpgsql stable strict
    as $$
begin
    perform timestamptz 'epoch' at time zone zone;
    -- Offsets and abbreviations parse too, but have no daylight saving time: IANA names only. `Nowhere/Land+5` parses as a
    -- POSIX zone of that name, so digits stand where IANA has them and nowhere else.
    return zone = 'UTC' or zone ~ '^Etc/GMT(0|[+-]([0-9]|1[0-2])|-1[34])?$' or zone ~ '^[A-Za-z_]+(/[A-Za-z_]+(-[A-Za-z_]+)*)+$';
exception when invalid_parameter_value then
    return false;
end $$;

create table organizations (
    id text primary key check (id <> ''),
    tenant_id text not null generated always as (id) stored,
    name text not null,
    timezone text not null default 'Europe/Paris' check (relance.is_time_zone(timezone)),
    locale text not null default 'fr-FR',
    -- Region for phone numbers written without country code, ISO 3166 alpha-2.
    region text not null default 'FR' check (region ~ '^[A-Z]{2}$'),
    created_at timestamptz not null default now()
);

create table organization_settings (
    tenant_id text primary key references organizations (id),
    mail_from text,
    reply_to text,
    sms_enabled boolean not null default false,
    sending_paused_at timestamptz,
    lead_quota integer check (lead_quota >= 0),
    updated_at timestamptz not null default now()
);

create table users (
    tenant_id text not null references organizations (id),
    id text not null,
    email text,
    name text not null,
    role text not null check (role in ('SUPER_ADMIN', 'ADMIN', 'MANAGER', 'CLOSER', 'SETTER')),
    phone text,
    locale text,
    timezone text check (relance.is_time_zone(timezone)),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

create table closer_settings (
    tenant_id text not null,
    user_id text not null,
    pseudonym text,
    whatsapp_opt_in boolean not null default false,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, id)
);

create table forms (
    tenant_id text not null references organizations (id),
    id text not null,
    name text not null,
    status text not null default 'DRAFT' check (status in ('DRAFT', 'ACTIVE', 'PAUSED', 'ARCHIVED')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

create table leads (
    tenant_id text not null references organizations (id),
    id text not null,
    name text not null,
    email text,
    phone text,
    locale text,
    timezone text check (relance.is_time_zone(timezone)),
    status text not null default 'NEW'
        check (status in ('NEW', 'QUALIFIED', 'DISQUALIFIED', 'APPOINTMENT_SCHEDULED', 'WON', 'LOST')),
    source text not null default 'MANUAL' check (source in ('FORM', 'MANUAL', 'IMPORT', 'ABANDON_RECOVERY')),
    score smallint not null default 0 check (score between 0 and 100),
    erased_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index leads_email on leads (tenant_id, lower(email));
create index leads_phone on leads (tenant_id, phone);

create table form_submissions (
    tenant_id text not null,
    id text not null,
    form_id text not null,
    lead_id text,
    answers jsonb not null default '{}',
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, form_id) references forms (tenant_id, id)
);

create table form_abandons (
    tenant_id text not null,
    id text not null,
    form_id text not null,
    session_id text,
    email text,
    phone text,
    answers jsonb not null default '{}',
    last_activity_at timestamptz not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, form_id) references forms (tenant_id, id)
);

create table appointments (
    tenant_id text not null references organizations (id),
    id text not null,
    lead_id text not null,
    closer_id text,
    status text not null default 'SCHEDULED'
        check (status in ('SCHEDULED', 'CONFIRMED', 'COMPLETED', 'NO_SHOW', 'CANCELLED')),
    starts_at timestamptz not null,
    duration_min integer not null default 30 check (duration_min between 1 and 1440),
    video text not null default 'external' check (video in ('livekit', 'zoom', 'meet', 'external')),
    video_url text,
    location text,
    created_at timestamptz not null default now(),
    cancelled_at timestamptz,
    -- The ICS SEQUENCE: rises on a move, a cancel and a reinstatement (D-04). Kept by trigger.
    revision integer not null default 0 check (revision >= 0),
    -- Instant of the last revision: a step due before it was booked too late (D-03). Kept by trigger.
    armed_at timestamptz not null default '-infinity',
    -- Set where history is loaded: nothing due before it is ever sent (D-02).
    imported_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, lead_id) references leads (tenant_id, id),
    foreign key (tenant_id, closer_id) references users (tenant_id, id)
);
create index appointments_closer on appointments (tenant_id, closer_id, starts_at);
create index appointments_lead on appointments (tenant_id, lead_id, starts_at);

create table calendar_configs (
    tenant_id text primary key references organizations (id),
    duration_min integer not null default 30 check (duration_min between 1 and 1440),
    buffer_min integer not null default 0 check (buffer_min >= 0),
    updated_at timestamptz not null default now()
);

create table deals (
    tenant_id text not null,
    id text not null,
    lead_id text not null,
    amount_cents bigint not null default 0,
    stage text not null default 'OPEN',
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, lead_id) references leads (tenant_id, id)
);

create table calls (
    tenant_id text not null,
    id text not null,
    appointment_id text not null,
    started_at timestamptz,
    ended_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, appointment_id) references appointments (tenant_id, id)
);

create table call_participants (
    tenant_id text not null,
    call_id text not null,
    identity text not null,
    role text not null check (role in ('lead', 'closer')),
    joined_at timestamptz not null,
    left_at timestamptz,
    primary key (tenant_id, call_id, identity, joined_at),
    foreign key (tenant_id, call_id) references calls (tenant_id, id)
);

create table notifications (
    tenant_id text not null,
    id uuid not null default gen_random_uuid(),
    user_id text not null,
    kind text not null,
    title text not null,
    body text not null,
    appointment_id text,
    read_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index notifications_of_user on notifications (tenant_id, user_id, created_at desc, id);

-- As the M.A.X. document gives it [56-70], with channel sms (D-36) and the tenant in its key (D-76).
create table lead_activities (
    id uuid not null default gen_random_uuid(),
    tenant_id text not null default 'macrea',
    lead_id text not null,
    channel text not null check (channel in ('whatsapp', 'email', 'call', 'sms', 'other')),
    direction text not null check (direction in ('in', 'out')),
    status text default 'sent',
    message_snippet text,
    meta jsonb,
    created_at timestamptz default now(),
    primary key (tenant_id, id)
);
create index idx_lead_activities_tenant_lead on lead_activities (tenant_id, lead_id);
create index idx_lead_activities_created on lead_activities (created_at desc);
