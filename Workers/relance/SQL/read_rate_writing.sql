-- name: read_rate_writing
-- Why there may be no rates: when they were last written, and how many sequences have come to their first mail.
select
    (
        select max(t.scheduled_for) from relance.schedule_ticks t where t.schedule = 'recovery-rates' and t.scope = 'fleet'
    ) as written_at,
    (
        select count(*) from form_abandons a
        where a.sequence_at is not null and ($1::text is null or a.tenant_id = $1) and ($2::text is null or a.form_id = $2)
    ) as sequences
