-- name: route_inbound
-- Whose an inbound message is (D-43): the tenant that owns the sender it was sent to; on a sender that several share, the one
-- that wrote to the address last; else nobody's, and it is kept unrouted. Notes when the address wrote, which opens WhatsApp's
-- 24 hours (D-14).
with owner as (
    select a.tenant_id, a.account from relance.provider_accounts a
    where a.channel = $1 and a.provider = $2 and a.sender = $3 and a.is_enabled
), account as (
    select coalesce((select account from owner limit 1), 'default') as name
), routed as (
    select tenant_id from owner where (select count(*) from owner) = 1
    union all
    (
        select c.tenant_id
        from relance.conversations c, account
        where (select count(*) from owner) <> 1 and c.channel = $1 and c.address_hash = decode($4, 'hex')
            and c.account = account.name and c.last_outbound_at is not null
            and ((select count(*) from owner) = 0 or c.tenant_id in (select tenant_id from owner))
        order by c.last_outbound_at desc, c.tenant_id
        limit 1
    )
), noted as (
    insert into relance.conversations as v (tenant_id, channel, address_hash, account, last_inbound_at)
    select tenant_id, $1, decode($4, 'hex'), account.name, $5::timestamptz
    from routed, account
    on conflict (tenant_id, channel, address_hash, account) do update
    set last_inbound_at = greatest(v.last_inbound_at, excluded.last_inbound_at)
)
select tenant_id from routed
