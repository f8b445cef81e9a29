-- name: preview_alert_digests
-- Shows them.
select n.tenant_id, n.user_id, n.channel, n.scheduled_for
from notice n
order by n.tenant_id, n.user_id, n.channel
limit $1::integer
