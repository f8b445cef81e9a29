-- name: read_fallbacks
-- The SMS that stand in for WhatsApp messages (D-93).
select s.fallback_of as id, s.id as fallback_id, s.state
from relance.deliveries d
join relance.deliveries s on s.tenant_id = d.tenant_id and s.subject = d.subject and s.fallback_of = d.id
where d.id = any ($1::bigint[])
