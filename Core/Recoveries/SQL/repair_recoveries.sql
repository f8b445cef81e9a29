-- name: repair_recoveries
-- Marks forgotten abandons, so that the next tick looks at them.
insert into relance.abandon_due (tenant_id, abandon_id, next_due_at)
select g ->> 0, g ->> 1, '-infinity' from jsonb_array_elements($1::jsonb) as g
