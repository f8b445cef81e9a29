-- name: list_whatsapp_templates
-- For each organisation and each message that goes by WhatsApp ($2), the approved template that stands for it, if any; and
-- those that stand for no message of this build.
select o.id as tenant_id, n.name, t.content_sid, t.updated_at, true as is_known
from organizations o
cross join unnest($2::text[]) with ordinality as n (name, position)
left join whatsapp_templates t on t.tenant_id = o.id and t.name = n.name
where ($1::text is null or o.id = $1) and ($1::text is not null or t.name is not null)
union all
select t.tenant_id, t.name, t.content_sid, t.updated_at, false
from whatsapp_templates t
where ($1::text is null or t.tenant_id = $1) and t.name <> all ($2::text[])
order by 1, 2
limit 1000
