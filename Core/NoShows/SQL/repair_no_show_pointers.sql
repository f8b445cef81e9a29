-- name: repair_no_show_pointers
-- Marks forgotten appointments, so that the next tick looks at them.
insert into relance.no_show_due (tenant_id, appointment_id, next_due_at)
select g ->> 0, g ->> 1, timestamptz '-infinity' from jsonb_array_elements($1::jsonb) as g
on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity'
