-- name: find_senders
-- Whose an inbound message is (D-43), and which leads have its sender's address (D-41), the best first: active ones before
-- closed ones, later ones before earlier ones. A row for each lead, one without a lead where there is none.
--
-- A message on an account of a tenant's own is that tenant's. Where several share it, and on the environment's account, it is
-- the tenant's that wrote to the address last. Numbers are found by their last seven digits, in whatever form the application
-- keeps them; the caller compares them in full. Mail is told apart by the address it was sent to, then by who wrote last.
with given as materialized (
    select *
    from unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
        as g (ordinal, channel, provider, account, provider_account, recipient, address_hash, phone_tail, email)
), owner as materialized (
    select g.ordinal, a.tenant_id, a.sender
    from given g
    join relance.provider_accounts a on a.channel = g.channel and a.provider = g.provider and a.account = g.provider_account
        and a.is_enabled
    where g.channel <> 'email'
        and (a.sender = g.recipient
            -- A messaging service has many numbers, and the message names one of them.
            or (g.account <> 'default' and not exists (
                select from relance.provider_accounts b
                where b.channel = g.channel and b.provider = g.provider and b.account = g.provider_account
                    and b.sender = g.recipient and b.is_enabled)))
    union all
    select g.ordinal, a.tenant_id, a.sender
    from given g
    join relance.provider_accounts a on a.channel = 'email' and a.is_enabled
        and case g.account
            when 'default' then lower(coalesce(substring(a.sender from '<([^>]*)>'), a.sender)) = g.recipient
            else a.provider = g.provider and a.account = g.account
        end
    where g.channel = 'email'
    union all
    select g.ordinal, o.tenant_id, null
    from given g
    join organization_settings o on g.recipient in (
        lower(coalesce(substring(o.reply_to from '<([^>]*)>'), o.reply_to)),
        lower(coalesce(substring(o.mail_from from '<([^>]*)>'), o.mail_from)))
    where g.channel = 'email' and g.account = 'default'
), routed as materialized (
    select
        g.*, w.senders, t.account as conversation_account,
        case when w.owners = 1 then w.tenant_id else coalesce(texted.tenant_id, mailed.tenant_id) end as tenant_id
    from given g
    cross join lateral (
        select
            count(distinct o.tenant_id) as owners, min(o.tenant_id) as tenant_id,
            string_agg(distinct o.sender, chr(31)) as senders
        from owner o
        where o.ordinal = g.ordinal
    ) w
    cross join lateral (
        select case when w.owners > 0 or g.account <> 'default' then g.provider_account else 'default' end as account
    ) t
    left join lateral (
        select c.tenant_id
        from relance.conversations c
        where g.channel <> 'email' and w.owners <> 1 and c.channel = g.channel
            and c.address_hash = decode(g.address_hash, 'hex') and c.account = t.account and c.last_outbound_at is not null
            and (w.owners = 0 or c.tenant_id in (select o.tenant_id from owner o where o.ordinal = g.ordinal))
        order by c.last_outbound_at desc, c.tenant_id
        limit 1
    ) texted on true
    left join lateral (
        select l.tenant_id
        from organizations n
        join leads l on l.tenant_id = n.id and lower(l.email) = g.email and l.erased_at is null
        cross join lateral (
            select a.created_at
            from lead_activities a
            where a.tenant_id = l.tenant_id and a.lead_id = l.id and a.direction = 'out' and a.channel = 'email'
            order by a.created_at desc
            limit 1
        ) last
        where g.channel = 'email' and w.owners <> 1 and (w.owners > 0 or g.account = 'default')
            and (w.owners = 0 or n.id in (select o.tenant_id from owner o where o.ordinal = g.ordinal))
        order by last.created_at desc, l.tenant_id
        limit 1
    ) mailed on true
)
select r.ordinal, r.tenant_id, r.senders, r.conversation_account, o.region, l.id as lead_id, l.phone
from routed r
left join organizations o on o.id = r.tenant_id
left join lateral (
    (
        select l.id, l.phone, l.status, l.created_at
        from leads l
        where l.tenant_id = r.tenant_id and lower(l.email) = r.email and l.erased_at is null
        order by l.status in ('DISQUALIFIED', 'WON', 'LOST'), l.created_at desc
        limit 50
    )
    union all
    (
        select l.id, l.phone, l.status, l.created_at
        from leads l
        where l.tenant_id = r.tenant_id and right(regexp_replace(l.phone, '\D', '', 'g'), 7) = r.phone_tail
            and l.erased_at is null
        order by l.status in ('DISQUALIFIED', 'WON', 'LOST'), l.created_at desc
        limit 50
    )
) l on true
order by r.ordinal, l.status in ('DISQUALIFIED', 'WON', 'LOST'), l.created_at desc, l.id
