-- name: set_whatsapp_template
-- An approved template stands for a message; returns what stood for it before.
with was as (
    select content_sid from whatsapp_templates where tenant_id = $1 and name = $2 for update
), written as (
    insert into whatsapp_templates (tenant_id, name, content_sid) values ($1, $2, $3)
    on conflict (tenant_id, name) do update set content_sid = excluded.content_sid, updated_at = now()
)
select (select content_sid from was) as was
