-- name: pause_queue
-- Nothing of a queue is claimed any more. Whoever paused it first stays on record.
insert into relance.queue_controls as q (queue, paused_by, reason) values ($1, $2, $3)
on conflict (queue) do update set reason = coalesce(excluded.reason, q.reason)
returning xmax <> 0 as was_paused
