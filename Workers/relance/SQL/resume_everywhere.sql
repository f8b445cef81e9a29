-- name: resume_everywhere
-- Messages go out again.
update relance.instance i
set sending_paused_at = null, sending_paused_reason = null
from (select sending_paused_at from relance.instance for update) was
returning was.sending_paused_at is not null as was_paused
