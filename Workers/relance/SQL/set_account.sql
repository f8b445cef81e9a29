-- name: set_account
-- Makes an account, or changes it.
insert into relance.provider_accounts as a (tenant_id, channel, provider, account, sender, secret_ref, priority)
values ($1, $2, $3, $4, $5, $6, $7::smallint)
on conflict (tenant_id, channel, provider, account) do update
set sender = excluded.sender, secret_ref = excluded.secret_ref, priority = excluded.priority
returning xmax = 0 as is_new, is_enabled
