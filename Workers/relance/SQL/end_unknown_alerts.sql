-- name: end_unknown_alerts
-- The alert of an organisation and provider is over when none of their messages is uncertain any more.
update relance.system_alerts a
set resolved_at = clock_timestamp()
where a.kind = 'outcome_unknown' and a.resolved_at is null and not exists (
    select from relance.deliveries d
    where d.tenant_id = a.tenant_id and d.settled_at is not null and d.state = 'uncertain'
        and d.provider = a.detail ->> 'provider')
