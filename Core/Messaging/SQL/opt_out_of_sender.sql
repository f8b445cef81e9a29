-- name: opt_out_of_sender
-- A STOP counts for every tenant on the sender it was sent to (D-43): those with that account, or all that use the
-- environment's.
with owner as (
    select tenant_id from relance.provider_accounts where channel = $1 and provider = $2 and sender = $3 and is_enabled
), everybody as (
    select tenant_id from owner
    union
    select o.id
    from organizations o
    where not exists (select from owner)
        and not exists (
            select from relance.provider_accounts a where a.tenant_id = o.id and a.channel = $1 and a.is_enabled)
)
insert into relance.suppressions as s (tenant_id, channel, address_hash, scope, reason, masked, created_at)
select tenant_id, $1, decode($4, 'hex'), 'all', 'opt_out_word', $5, least($6::timestamptz, clock_timestamp())
from everybody
order by tenant_id
-- Said again: from now on only a START that comes after this one takes it back.
on conflict (tenant_id, channel, address_hash, scope) do update
set created_at = excluded.created_at
where s.created_at < excluded.created_at and s.reason in ('opt_out_word', 'opted_out', '21610')
returning tenant_id
