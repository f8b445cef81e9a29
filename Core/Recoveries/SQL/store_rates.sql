-- name: store_rates
-- Writes the weeks that can still change anew (never an increment), under the leader's epoch (D-70).
insert into recovery_rates as r (tenant_id, form_id, week, mailed, recovered, held_out, held_out_submitted, updated_at)
select w.tenant_id, w.form_id, w.week, w.mailed, w.recovered, w.held_out, w.held_out_submitted, relance.now()
from relance.recovery_weeks w
where w.tenant_id = $3 and w.week >= (relance.now() - interval '35 days')::date
    and exists (select from relance.leases where name = $1 and epoch = $2::bigint and expires_at > clock_timestamp() for share)
order by w.tenant_id, w.form_id, w.week
on conflict (tenant_id, form_id, week) do update
set mailed = excluded.mailed, recovered = excluded.recovered, held_out = excluded.held_out,
    held_out_submitted = excluded.held_out_submitted, updated_at = excluded.updated_at
