-- name: list_deliveries
-- A page of the ledger, newest first, with the recipient as operators may see him: by id, his address masked (D-16).
select
    d.id, d.tenant_id, d.kind, d.subject, d.step, d.channel, d.state, d.reason, d.due_at, d.sent_at, d.lateness_s, d.attempts,
    d.provider, d.recipient_type, d.recipient_id,
    case
        when d.channel = 'email' then left(r.email, 1) || '•••@' || split_part(r.email, '@', 2)
        when d.channel in ('sms', 'whatsapp') then left(r.phone, 3) || '•••' || right(r.phone, 4)
    end as address
from relance.deliveries d
left join lateral (
    select email, phone from leads l
    where d.recipient_type = 'lead' and l.tenant_id = d.tenant_id and l.id = d.recipient_id
    union all
    select email, phone from users u
    where d.recipient_type = 'user' and u.tenant_id = d.tenant_id and u.id = d.recipient_id
) r on true
where d.id < $1::bigint
    and ($2::text is null or d.state = $2)
    and ($3::text is null or d.step = $3)
    and ($4::text is null or d.channel = $4)
    and ($5::text is null or d.tenant_id = $5)
    and ($6::text is null or d.subject = $6)
    and ($7::timestamptz is null or d.due_at >= $7)
    and ($9::text is null or d.recipient_id = $9)
    and ($10::text is null or d.recipient_hash = decode($10, 'hex'))
order by d.id desc
limit $8::integer
