-- name: read_visit
-- What was typed in a visit, for whoever holds its link. Not once it was submitted, its person is erased or a customer, or its form
-- takes nothing any more (D-51); what else ends the mails does not keep anybody from filling in the form.
select
    a.session_id, a.name, a.email, a.phone, a.locale, a.timezone, a.marketing_consent, a.last_activity_at,
    case jsonb_typeof(a.answers) when 'object' then a.answers else '{}' end as answers
from relance.recoveries r
join form_abandons a on a.tenant_id = r.tenant_id and a.id = r.abandon_id
join forms f on f.tenant_id = a.tenant_id and f.id = a.form_id
where r.tenant_id = $1 and r.form_id = $2 and r.abandon_id = $3 and f.status = 'ACTIVE'
    and coalesce(r.exit_reason, '') not in ('submitted', 'erased', 'converted')
    and coalesce(r.ended_reason, '') not in ('submitted', 'erased', 'converted')
