-- name: find_reported
-- Whose messages are reported about. The account must be the one that sent: a tenant that signs with its own key says nothing
-- about the messages of others.
select g.ordinal, a.tenant_id
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    as g (ordinal, provider, account, provider_account, attempt_id, provider_id)
join relance.delivery_attempts a on a.id = g.attempt_id and a.provider = g.provider
    and a.account in (g.account, g.provider_account)
union all
-- Green API names no attempt.
select g.ordinal, a.tenant_id
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    as g (ordinal, provider, account, provider_account, attempt_id, provider_id)
join relance.delivery_attempts a on a.provider_id = g.provider_id and a.provider = 'green_api'
    and a.account in (g.account, g.provider_account)
where g.provider = 'green_api' and g.attempt_id is null
