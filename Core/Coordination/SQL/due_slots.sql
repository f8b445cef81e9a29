-- name: due_slots
-- The latest slot of each schedule that has come and is not done. What lay before the installation is never done (D-08).
select s.schedule, slot.at as scheduled_for
from unnest($1::text[], $2::text[], $3::text[]) as s (schedule, every, after)
cross join lateral (
    select date_bin(s.every::interval, relance.now() - s.after::interval, timestamptz 'epoch') + s.after::interval as at
) slot
where slot.at > (select installed_at from relance.instance)
    and not exists (
        select from relance.schedule_ticks t
        where t.schedule = s.schedule and t.scope = 'fleet' and t.scheduled_for = slot.at)
