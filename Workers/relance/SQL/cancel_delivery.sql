-- name: cancel_delivery
-- A planned message is not wanted any more. Its job ends by itself when it is taken up next.
update relance.deliveries
set state = 'cancelled', reason = 'cancelled_by_operator', settled_at = clock_timestamp()
where id = $1::bigint and state = 'pending'
returning id
