-- name: reopen_delivery
-- A failed message may be sent once more while it still makes sense (D-11): only from `failed`, only before it expires.
update relance.deliveries
set state = 'pending', reason = null, settled_at = null
where id = $1::bigint and state = 'failed' and relance.now() < expires_at
returning id
