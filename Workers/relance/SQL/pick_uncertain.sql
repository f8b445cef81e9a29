-- name: pick_uncertain
-- A page of the uncertain messages that a bulk resolution names, oldest first, each with its masked address for the sample.
-- `total` counts those beyond the page too.
with picked as (
    select d.*
    from relance.deliveries d
    where d.state = 'uncertain' and d.settled_at is not null and d.provider = $1
        and ($2::text is null or d.tenant_id = $2) and ($3::text is null or d.channel = $3)
        and ($4::timestamptz is null or d.due_at >= $4) and ($5::timestamptz is null or d.due_at < $5)
        and d.id > $6::bigint
)
select
    p.id, p.tenant_id, p.kind, p.subject, p.step, p.channel, p.state, p.reason, p.due_at, p.sent_at, p.lateness_s, p.attempts,
    p.provider, p.recipient_type, p.recipient_id,
    relance.masked(case p.channel when 'email' then r.email else r.phone end) as address, p.total
from (select *, count(*) over () as total from picked order by id limit $7::integer) p
left join lateral (
    select email, phone from leads l
    where p.recipient_type = 'lead' and l.tenant_id = p.tenant_id and l.id = p.recipient_id
    union all
    select email, phone from users u
    where p.recipient_type = 'user' and u.tenant_id = p.tenant_id and u.id = p.recipient_id
) r on true
order by p.id
