-- name: list_alert_thresholds
-- When alerts are raised, a row for each organisation and threshold.
select t.tenant_id, v.name, v.value
from alert_thresholds t
cross join lateral (values
    (1, 'no_contact_after', t.no_contact_after::text),
    (2, 'no_reply_after', t.no_reply_after::text),
    (3, 'stale_after', t.stale_after::text),
    (4, 'high_value_cents', t.high_value_cents::text),
    (5, 'high_value_after', t.high_value_after::text),
    (6, 'hot_lead_inbound', t.hot_lead_inbound::text),
    (7, 'hot_lead_within', t.hot_lead_within::text),
    (8, 'preferred_inbound', t.preferred_inbound::text),
    (9, 'preferred_within', t.preferred_within::text),
    (10, 'preferred_percent', t.preferred_percent::text),
    (11, 'digest_after', t.digest_after::text)) as v (place, name, value)
where $1::text is null or t.tenant_id = $1
order by t.tenant_id, v.place
