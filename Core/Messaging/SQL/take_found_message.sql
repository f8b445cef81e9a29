-- name: take_found_message
-- Notes with a lost attempt which message of the provider's records it is; no row comes back where another attempt has it: two
-- equal texts that were lost at once are two messages. The same again is answered as before.
update relance.delivery_attempts a
set provider_id = $2
where a.id = $1::uuid
    and not exists (
        select
        from relance.deliveries d
        join relance.conversations v on v.channel = d.channel and v.address_hash = d.recipient_hash and v.account = a.account
        join relance.deliveries other on other.tenant_id = v.tenant_id and other.settled_at > clock_timestamp() - interval '2 days'
            and other.recipient_hash = d.recipient_hash and other.id <> d.id
        where d.id = a.delivery_id and other.provider_id = $2)
    and not exists (
        select from relance.delivery_attempts other
        where other.closed_at is null and other.id <> a.id and other.provider_id = $2 and other.provider = a.provider)
    -- Nor while one is under way whose answer may name this very message.
    and not exists (
        select
        from relance.delivery_attempts other
        join relance.deliveries o on o.id = other.delivery_id
        join relance.deliveries d on d.id = a.delivery_id and d.recipient_hash = o.recipient_hash
        where other.closed_at is null and other.id <> a.id and other.provider = a.provider and other.account = a.account
            and other.reconciliations = 0 and other.opened_at > clock_timestamp() - interval '2 minutes')
returning 1
