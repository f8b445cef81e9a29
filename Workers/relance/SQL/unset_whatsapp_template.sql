-- name: unset_whatsapp_template
-- No approved template stands for a message any more. No row: none did.
delete from whatsapp_templates where tenant_id = $1 and name = $2 returning content_sid as was
