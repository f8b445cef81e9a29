-- name: stage_jobs
-- Moves what has come due into the claim index; returns nothing. Kind by kind, so that the waiting jobs of a program that is
-- down are not read by the others.
update relance.jobs
set state = 'available'
-- An array for the same reason as in claim_jobs.
where id = any (array(
    select w.id
    from unnest($1::text[]) as k (kind)
    cross join lateral (
        select id from relance.jobs
        where kind = k.kind and state in ('scheduled', 'retryable') and run_at <= relance.now()
        order by run_at
        limit 5000
        for update skip locked
    ) w))
