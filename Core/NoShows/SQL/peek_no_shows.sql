-- name: peek_no_shows
-- Whether there is anything to look at: two looks at indexes, all that an idle tick asks.
select
    exists (select from relance.no_show_due where next_due_at <= relance.now()) as has_appointments,
    exists (select from relance.no_show_rate_due where next_due_at <= relance.now()) as has_rates
