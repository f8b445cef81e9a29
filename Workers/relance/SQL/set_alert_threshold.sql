-- name: set_alert_threshold
-- Changes one of an organisation's thresholds; the trigger marks its leads. No row: there is no such organisation.
update alert_thresholds
set no_contact_after = case $2::text when 'no_contact_after' then $3::text::interval else no_contact_after end,
    no_reply_after = case $2::text when 'no_reply_after' then $3::text::interval else no_reply_after end,
    stale_after = case $2::text when 'stale_after' then $3::text::interval else stale_after end,
    high_value_cents = case $2::text when 'high_value_cents' then $4::bigint else high_value_cents end,
    high_value_after = case $2::text when 'high_value_after' then $3::text::interval else high_value_after end,
    hot_lead_inbound = case $2::text when 'hot_lead_inbound' then $4::bigint::integer else hot_lead_inbound end,
    hot_lead_within = case $2::text when 'hot_lead_within' then $3::text::interval else hot_lead_within end,
    preferred_inbound = case $2::text when 'preferred_inbound' then $4::bigint::integer else preferred_inbound end,
    preferred_within = case $2::text when 'preferred_within' then $3::text::interval else preferred_within end,
    preferred_percent = case $2::text when 'preferred_percent' then $4::bigint::integer else preferred_percent end,
    digest_after = case $2::text when 'digest_after' then $3::text::interval else digest_after end
where tenant_id = $1
returning tenant_id
