-- name: settle_ineligible_recoveries
-- A recovery mail may go out only while its sequence lives and its step is the latest that is due (D-50, D-51). Run in the
-- transaction that claims the send. `active_again` and `too_soon` give the step back to the planner. Whether a mail is still the
-- right one is not asked of a request whose answer was lost: it may have arrived.
with judged as materialized (
    select
        d.id,
        case
            when r.abandon_id is null then 'abandon_deleted'
            when r.ended_at is not null then r.ended_reason
            when r.exit_reason is not null then r.exit_reason
            when r.email is null then 'erased'
            when not r.is_wanted then 'recovery_off'
            when r.is_held_out then 'held_out'
            when q.is_open then null
            when r.last_activity_at + s.after > relance.now() then 'active_again'
            when exists (
                select from relance.recovery_schedule e
                where e.place > s.place and r.last_activity_at + e.after <= relance.now()
                    and r.last_activity_at + e.after >= r.activated_at) then 'collapsed'
            when relance.recovery_quiet_until(r.tenant_id, r.email, d.id) > relance.now() then 'too_soon'
        end as reason
    from relance.deliveries d
    left join relance.recovery_schedule s on s.step = d.step
    cross join lateral (
        select exists (
            select from relance.delivery_attempts a where a.delivery_id = d.id and a.closed_at is null) as is_open
        offset 0
    ) q
    left join lateral (
        select * from relance.recoveries v where v.tenant_id = d.tenant_id and v.abandon_id = d.subject offset 0
    ) r on true
    where d.id = any ($1::bigint[]) and d.kind = 'recovery' and d.state = 'pending'
)
update relance.deliveries d
set state = case j.reason when 'collapsed' then 'skipped' else 'cancelled' end, settled_at = clock_timestamp(), reason = j.reason
from judged j
where d.id = j.id and j.reason is not null and d.state = 'pending'
