-- name: delete_templates
-- Removes an organisation's own templates for a message.
delete from message_templates
where tenant_id = $1 and name = $2 and language = any ($3::text[]) and form = any ($4::text[])
returning name || '.' || language || '.' || form as file
