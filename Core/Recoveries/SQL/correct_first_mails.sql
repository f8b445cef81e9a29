-- name: correct_first_mails
-- What a sender could not write because somebody held the row: when an abandon's first mail went out (D-52).
update form_abandons a
set mailed_at = m.sent_at
from unnest($1::text[], $2::text[]) as g (tenant_id, abandon_id)
cross join lateral (
    select min(d.sent_at) as sent_at
    from relance.deliveries d
    where d.tenant_id = g.tenant_id and d.subject = g.abandon_id and d.kind = 'recovery' and d.state in ('sent', 'delivered')
) m
where a.tenant_id = g.tenant_id and a.id = g.abandon_id and a.mailed_at is distinct from m.sent_at
