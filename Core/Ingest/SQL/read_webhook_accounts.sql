-- name: read_webhook_accounts
-- Accounts of tenants' own (D-43): what they sign with stands in the environment under the name of secret_ref.
select distinct provider, account, secret_ref
from relance.provider_accounts
where is_enabled and provider in ('twilio', 'green_api', 'resend', 'sendgrid')
order by provider, account, secret_ref
