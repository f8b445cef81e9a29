-- name: read_booking_rules
-- What a booking's words are read by: the region of telephone numbers, and whether a zone is one.
select o.region, $2::text is null or relance.is_time_zone($2) as knows_zone
from organizations o
where o.id = $1
