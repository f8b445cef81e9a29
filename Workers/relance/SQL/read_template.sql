-- name: read_template
-- The source of one of an organisation's own templates.
select source from message_templates where (tenant_id, name, language, form) = ($1, $2, $3, $4)
