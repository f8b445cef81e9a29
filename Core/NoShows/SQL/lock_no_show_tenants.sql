-- name: lock_no_show_tenants
-- The organisations that something is due of, each under the lock that its bookings and changes take turns by (lock_scheduling):
-- marks touch appointments, leads and pointers, and would else meet them in a circle.
select k.tenant_id, pg_advisory_xact_lock(k.key)
from (
    select d.tenant_id, hashtextextended('scheduling' || chr(31) || d.tenant_id, 0) as key
    from (
        select distinct tenant_id
        from (
            select tenant_id from relance.no_show_due
            where next_due_at <= relance.now() and (next_due_at, tenant_id, appointment_id) > ($2::timestamptz, $3, $4)
            order by next_due_at, tenant_id, appointment_id
            limit $1::integer
        ) due
    ) d
    order by key
) k
