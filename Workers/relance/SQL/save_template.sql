-- name: save_template
-- Saves a template; a mail's HTML only beside a plain part of the organisation's own, so that both say the same.
insert into message_templates (tenant_id, name, language, form, source, updated_by)
select $1, $2, $3, $4, $5, $6
where $4 <> 'mail.html' or exists (
    select from message_templates t where (t.tenant_id, t.name, t.language, t.form) = ($1, $2, $3, 'mail.txt'))
on conflict (tenant_id, name, language, form) do update
set source = excluded.source, updated_by = excluded.updated_by
