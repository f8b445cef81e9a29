-- name: withdraw_lead_alerts
-- Takes back what should not have been raised, before the commit, with a fresh look: one that somebody resolved by hand under the
-- same anchor while we looked (D-31), or whose lead was in contact with us meanwhile.
delete from max_alerts m
using (
    select t.tenant_id, i.id
    from json_array_elements_text($1::json) with ordinality as t (tenant_id, ordinal)
    join json_array_elements_text($2::json) with ordinality as i (id, ordinal) using (ordinal)
) n
where m.tenant_id = n.tenant_id and m.id = n.id::uuid
    and (
        exists (
            select from max_alerts o
            where o.tenant_id = m.tenant_id and o.lead_id = m.lead_id and o.type = m.type and o.anchor_at = m.anchor_at
                and o.resolved_at is not null and o.resolved_by = 'user_manual' offset 0)
        or (m.type in ('NoContact7d', 'NoReply3d', 'StaleLead30d', 'HighValueRisk') and exists (
            select from lead_activities a
            where a.tenant_id = m.tenant_id and a.lead_id = m.lead_id and a.is_contact and a.created_at > m.anchor_at offset 0)))
returning 1
