-- name: preview_alert_digests
-- Shows them.
select case when n.is_missed then 'miss' else 'digest' end as verb, n.tenant_id, n.user_id, n.channel, n.scheduled_for
from notice n
order by n.tenant_id, n.scheduled_for, n.user_id, n.channel
limit $1::integer
