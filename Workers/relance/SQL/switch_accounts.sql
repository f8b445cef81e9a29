-- name: switch_accounts
-- Switches the accounts that are named on or off; `others` counts the organisation's other accounts of the channel that are in
-- use: without any, its messages go by the environment's own.
with named as (
    update relance.provider_accounts
    set is_enabled = $5::boolean
    where tenant_id = $1 and account = $2 and ($3::text is null or channel = $3) and ($4::text is null or provider = $4)
    returning tenant_id, channel, provider, account
)
select
    n.channel, n.provider, n.account,
    (
        select count(*) from relance.provider_accounts o
        where o.tenant_id = n.tenant_id and o.channel = n.channel and o.is_enabled
            and not exists (
                select from named x where x.channel = o.channel and x.provider = o.provider and x.account = o.account)
    ) as others
from named n
order by n.channel, n.provider
