-- name: settle_ineligible_no_shows
-- A message about a missed appointment may go out only while the full derivation still yields it and nothing stands against it
-- (D-22): the mark holds, no newer appointment, status and revision unchanged, the lead not blacklisted. Run in the transaction that
-- claims the send.
with standing as materialized (
    select d.id, s.dedupe_key, s.against, m.state as mark
    from relance.deliveries d
    left join no_show_marks m on m.tenant_id = d.tenant_id and m.id = case d.kind when 'no_show' then d.subject::uuid end
    left join lateral (
        select n.dedupe_key, n.against
        from relance.no_show_messages n
        where n.tenant_id = d.tenant_id and n.mark_id = m.id and n.step = d.step and n.dedupe_key = d.dedupe_key
        offset 0
    ) s on true
    where d.id = any ($1::bigint[]) and d.kind = 'no_show' and d.state = 'pending'
)
update relance.deliveries d
set state = case when s.dedupe_key is null then 'cancelled' else 'skipped' end, settled_at = clock_timestamp(),
    reason = coalesce(s.against, case when s.mark = 'reverted' then 'no_show_reverted' else 'no_longer_planned' end)
from standing s
where d.id = s.id and d.state = 'pending' and (s.dedupe_key is null or s.against is not null)
