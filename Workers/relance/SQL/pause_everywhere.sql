-- name: pause_everywhere
-- No message goes out any more (D-92); who paused first stays on record with when.
update relance.instance i
set sending_paused_at = coalesce(i.sending_paused_at, clock_timestamp()), sending_paused_reason = $1
from (select sending_paused_at from relance.instance for update) was
returning was.sending_paused_at is not null as was_paused
