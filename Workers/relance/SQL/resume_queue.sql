-- name: resume_queue
-- A queue is claimed from again. No row: it was not paused.
delete from relance.queue_controls where queue = $1 returning queue
