-- name: list_accounts
-- Accounts of organisations that do not send by the environment's own, in the order in which they are used.
select tenant_id, channel, provider, account, sender, secret_ref, priority, is_enabled
from relance.provider_accounts
where ($1::text is null or tenant_id = $1)
order by tenant_id, channel, priority, provider, account
limit 1000
