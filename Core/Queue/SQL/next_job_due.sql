-- name: next_job_due
-- Seconds until a waiting job of these kinds comes due or a lease runs out, for a resident instance's sleep; null when
-- there is neither.
select extract(epoch from least(
    (
        select min(w.run_at)
        from unnest($1::text[]) as k (kind)
        cross join lateral (
            select run_at from relance.jobs
            where kind = k.kind and state in ('scheduled', 'retryable')
            order by run_at
            limit 1
        ) w
    ) - relance.now(),
    (select min(leased_until) from relance.jobs where state = 'running' and kind = any ($1::text[])) - clock_timestamp()
))::double precision as seconds
