-- name: repair_no_show_rate_pointers
-- Organisations whose weekly rate nobody would look at.
insert into relance.no_show_rate_due (tenant_id, next_due_at)
select s.tenant_id, timestamptz '-infinity'
from relance.no_show_rate_slots s
left join relance.no_show_rate_due d on d.tenant_id = s.tenant_id
where d.next_due_at is null or d.next_due_at > s.next_due_at
on conflict (tenant_id) do update set next_due_at = '-infinity'
