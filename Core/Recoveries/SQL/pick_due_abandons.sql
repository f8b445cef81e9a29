-- name: pick_due_abandons
-- What is due or has changed, oldest first, each abandon once; so many pointers at a time, of which an abandon may have several.
-- An idle tick reads this one index.
select distinct tenant_id, abandon_id
from (
    select tenant_id, abandon_id
    from relance.abandon_due
    where next_due_at <= relance.now()
    order by next_due_at
    limit $1::integer
) due
order by tenant_id, abandon_id
