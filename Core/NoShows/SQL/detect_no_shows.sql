-- name: detect_no_shows
-- Decides the picked appointments and marks who was missed, under the leader's epoch (V0012).
select tenant_id, appointment_id, verdict, has_mark
from relance.detect_no_shows($1, $2::bigint, $3::text[], $4::text[], $5::jsonb)
