-- name: move_no_show_pointers
-- Moves the pointers of picked appointments that no message follows from: on to their detection, or away. Most of them took place.
-- Runs in the transaction that picked them, after the detection.
with next as (
    select p.tenant_id, p.appointment_id, l.due_at
    from unnest($1::text[], $2::text[]) as p (tenant_id, appointment_id)
    left join lateral (
        select k.due_at
        from relance.no_show_looks k
        where k.tenant_id = p.tenant_id and k.appointment_id = p.appointment_id and k.verdict not in ('attended', 'held')
        offset 0
    ) l on true
), moved as (
    update relance.no_show_due d
    set next_due_at = next.due_at
    from next
    where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is not null
)
delete from relance.no_show_due d
using next
where d.tenant_id = next.tenant_id and d.appointment_id = next.appointment_id and next.due_at is null
