-- name: list_templates
-- An organisation's own templates, each under the name of its file.
select name || '.' || language || '.' || form as file, updated_at, updated_by
from message_templates
where tenant_id = $1
order by name, language, form
