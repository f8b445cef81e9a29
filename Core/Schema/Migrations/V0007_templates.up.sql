-- An organisation's own templates (K-24). What is in them is checked where they are saved; the bounds here hold for whoever
-- writes.
create table message_templates (
    tenant_id text not null references organizations (id),
    -- The message's, such as day_before.
    name text not null check (name ~ '^[a-z][a-z0-9_]{0,63}$'),
    language text not null check (language in ('fr', 'en')),
    form text not null check (form in ('mail.html', 'mail.txt', 'short.txt', 'notice.txt')),
    source text not null check (octet_length(source) between 1 and 65536),
    updated_at timestamptz not null default clock_timestamp(),
    updated_by text not null check (updated_by <> '' and length(updated_by) <= 200),
    primary key (tenant_id, name, language, form)
);

-- Deliverers keep parsed templates by the instant of their change, so that instant always moves.
create function relance.touch_message_template() returns trigger
    language plpgsql security definer set search_path = relance, public, pg_temp
    as $$
begin
    new.updated_at := case tg_op
        when 'UPDATE' then greatest(clock_timestamp(), old.updated_at + interval '1 microsecond')
        else clock_timestamp()
    end;
    return new;
end $$;
create trigger touch_message_template before insert or update on message_templates
    for each row execute function relance.touch_message_template();
revoke execute on function relance.touch_message_template() from public;

grant select on message_templates to relance_worker, relance_ops;
grant insert, update, delete on message_templates to relance_ops;
