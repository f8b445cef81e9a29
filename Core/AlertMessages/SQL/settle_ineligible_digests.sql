-- name: settle_ineligible_digests
-- A digest goes out only to somebody who still leads the team, and only while an alert still waits.
update relance.deliveries d
set state = 'cancelled', settled_at = clock_timestamp(),
    reason = case when reader.is_there then 'nothing_stale' else 'no_longer_planned' end
from (
    select
        e.id,
        exists (
            select from users u
            where u.tenant_id = e.tenant_id and u.id = e.recipient_id and u.is_active and u.role in ('ADMIN', 'MANAGER')
            offset 0) as is_there,
        exists (
            select from max_alerts a
            join alert_thresholds t on t.tenant_id = a.tenant_id
            where a.tenant_id = e.tenant_id and a.resolved_at is null and a.created_at < relance.now() - t.digest_after
            offset 0) as is_due
    from relance.deliveries e
    where e.id = any ($1::bigint[]) and e.kind = 'alert_digest' and e.state = 'pending'
) reader
where d.id = reader.id and d.state = 'pending' and not (reader.is_there and reader.is_due)
