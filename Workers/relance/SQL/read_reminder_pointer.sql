-- name: read_reminder_pointer
-- When the planner has to look at an appointment next, and how many it should have looked at by now.
select
    (select count(*) from (select from relance.appointment_due where next_due_at <= relance.now() limit 10001) w) as waiting,
    extract(epoch from relance.now() - (
        select min(next_due_at) from relance.appointment_due where next_due_at > '-infinity'))::bigint as oldest_s
