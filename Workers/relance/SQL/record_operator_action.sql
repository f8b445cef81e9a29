-- name: record_operator_action
-- Who did what by hand, in the transaction that does it.
insert into relance.operator_actions (operator, action, target, reason, detail) values ($1, $2, $3, $4, $5::jsonb)
