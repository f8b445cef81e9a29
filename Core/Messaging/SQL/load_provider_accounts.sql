-- name: load_provider_accounts
-- Accounts of tenants that do not send by the environment's own, in order of preference.
select tenant_id, channel, provider, account, sender, secret_ref
from relance.provider_accounts
where is_enabled
order by tenant_id, channel, priority, provider, account
