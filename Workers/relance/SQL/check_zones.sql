-- name: check_zones
-- Which of the zones that a file names the database knows: the same test that guards the columns.
select zone, relance.is_time_zone(zone) as is_known from unnest($1::text[]) as g (zone)
