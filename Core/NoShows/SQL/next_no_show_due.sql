-- name: next_no_show_due
-- Seconds until the detector has something to look at, for a resident instance's sleep; null when there is nothing.
select extract(epoch from least(
    (select min(next_due_at) from relance.no_show_due),
    (select min(next_due_at) from relance.no_show_rate_due)) - relance.now())::double precision as seconds
