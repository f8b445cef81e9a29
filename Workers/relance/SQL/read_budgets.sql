-- name: read_budgets
-- What this month's text messages have cost the organisations that have a cap, those nearest to it first (D-13).
select o.tenant_id, coalesce(c.microeuros, 0) / 10000 as spent_cents, o.sms_monthly_cap_cents as cap_cents
from organization_settings o
left join relance.message_costs c
    on c.tenant_id = o.tenant_id and c.channel = 'sms' and c.month = relance.month_of(o.tenant_id)
where o.sms_monthly_cap_cents is not null
order by coalesce(c.microeuros, 0)::double precision / greatest(o.sms_monthly_cap_cents, 1) desc, o.tenant_id
limit 20
