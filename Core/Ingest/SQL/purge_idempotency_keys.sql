-- name: purge_idempotency_keys
-- A batch of keys older than a day.
delete from relance.idempotency_keys
where ctid = any(array(
    select ctid from relance.idempotency_keys
    where created_at < clock_timestamp() - interval '24 hours'
    order by created_at
    limit 1000
    for update skip locked))
