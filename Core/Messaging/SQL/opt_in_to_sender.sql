-- name: opt_in_to_sender
-- START takes back what an earlier STOP did, for every tenant on the sender. A bounce or a carrier's block stays.
with owner as (
    select tenant_id from relance.provider_accounts where channel = $1 and provider = $2 and sender = $3 and is_enabled
)
delete from relance.suppressions s
where s.channel = $1 and s.created_at <= $5::timestamptz and s.address_hash = decode($4, 'hex') and s.reason in ('opt_out_word', 'opted_out', '21610')
    and (s.tenant_id in (select tenant_id from owner)
        or (not exists (select from owner)
            and not exists (
                select from relance.provider_accounts a where a.tenant_id = s.tenant_id and a.channel = $1 and a.is_enabled)))
returning s.tenant_id
