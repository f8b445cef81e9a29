-- name: look_at_appointment
-- Where an appointment stands; none of a lead whose data are gone.
select a.status, a.starts_at <= relance.now() as has_begun, a.lead_id
from appointments a
join leads l on l.tenant_id = a.tenant_id and l.id = a.lead_id and l.erased_at is null
where a.tenant_id = $1 and a.id = $2
