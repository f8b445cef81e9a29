-- name: mark_inbound
-- What ingest shall evaluate anew. Returns the rows that there are, in the order of their locks.
with held as materialized (
    select i.id from relance.inbound_messages i where i.id = any ($1::bigint[]) order by i.id for update
)
update relance.inbound_messages i
set waits_since = clock_timestamp()
from held h
where i.id = h.id
returning i.id
