-- name: record_operator_actions
-- Who did what by hand, in the transaction that does it: one row for each target.
insert into relance.operator_actions (operator, action, target, reason, detail)
select $1, $2, g.target, $3, g.detail::jsonb from unnest($4::text[], $5::text[]) as g (target, detail)
