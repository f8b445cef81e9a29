-- name: next_recovery_due
-- Seconds until the planner has something to look at, for a resident instance's sleep; null when there is nothing.
select extract(epoch from (select min(next_due_at) from relance.abandon_due where next_due_at > '-infinity' and next_due_at < 'infinity')
    - relance.now())::double precision as seconds
