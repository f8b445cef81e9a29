-- name: list_recovery_rates
-- Recovery by form and week, newest first; the key of a row is week, organisation and form.
select
    r.tenant_id, r.form_id, f.name as form_name, r.week::text as week, r.mailed, r.recovered, r.held_out, r.held_out_submitted,
    -- All of its sequences have had their seven days.
    r.week + 14 <= (relance.now() at time zone o.timezone)::date as is_over,
    concat_ws(' ', r.week, r.tenant_id, r.form_id) as key
from recovery_rates r
join forms f on f.tenant_id = r.tenant_id and f.id = r.form_id
join organizations o on o.id = r.tenant_id
where ($1::text is null or concat_ws(' ', r.week, r.tenant_id, r.form_id) < $1)
    and ($2::text is null or r.tenant_id = $2)
    and ($3::text is null or r.form_id = $3)
order by key desc
limit $4::integer
