-- name: settle_ineligible_no_show_rates
-- The weekly rate goes to whoever is in charge when it is sent, by the channels that are still wanted. Run in the transaction that
-- claims the send.
update relance.deliveries d
set state = 'cancelled', settled_at = clock_timestamp(), reason = 'no_longer_planned'
where d.id = any ($1::bigint[]) and d.kind = 'no_show_rate' and d.state = 'pending'
    and not exists (
        select
        from users u
        join no_show_steps s on s.tenant_id = u.tenant_id and s.step = 'weekly' and s.is_enabled and d.channel = any (s.channels)
        where u.tenant_id = d.tenant_id and u.id = d.recipient_id and u.is_active and u.role in ('ADMIN', 'MANAGER'))
