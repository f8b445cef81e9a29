-- name: reopen_delivery
-- A failed message may be sent once more while it still makes sense (D-11): only from `failed`, only before it expires. As a
-- message of the next generation, so that the provider does not take it for a repetition; what was reported about the last
-- try says nothing about this one.
update relance.deliveries d
set state = 'pending', reason = null, settled_at = null, sent_at = null, lateness_s = null, reported = null, report_rank = 0,
    delivered_at = null, read_at = null, opened_at = null, clicked_at = null,
    generation = greatest(d.generation, (
        select coalesce(max(a.generation) + 1, 0) from relance.delivery_attempts a where a.delivery_id = d.id))
where d.id = $1::bigint and d.state = 'failed' and relance.now() < d.expires_at
returning d.id
