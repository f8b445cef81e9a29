-- name: lock_found_message
-- Before take_found_message, in its transaction: one look-up at a time may take a message for its own.
select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))
