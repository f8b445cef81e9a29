-- name: lock_leads
-- Inbound activities of one lead take turns until their commit: else two of them, each unseen by the other, would both miss
-- that the lead has become hot. In the order of the keys, so that batches never wait for each other in a circle.
select count(pg_advisory_xact_lock(k.key))
from (
    select distinct hashtextextended(l.tenant_id || chr(31) || l.lead_id, 0) as key
    from unnest($1::text[], $2::text[]) as l (tenant_id, lead_id)
    order by key
) k
