-- name: list_no_shows
-- A page of marks, newest first, with who was missed and what became of it. The key orders those of the same instant too. Names of
-- people stay out of it.
select *
from (
    select
        m.tenant_id, m.id, m.appointment_id, m.lead_id, m.cause, m.source, m.state, m.detected_at, m.decided_by, m.reverted_by,
        m.revert_cause, m.reason, a.starts_at, a.status,
        to_char(m.detected_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || '-' || left(md5(m.tenant_id || ' ' || m.id), 12) as key
    from no_show_marks m
    join appointments a on a.tenant_id = m.tenant_id and a.id = m.appointment_id
    where ($2::text is null or m.tenant_id = $2) and ($3::text is null or m.state = $3) and ($4::text is null or m.cause = $4)
        and ($5::text is null or m.lead_id = $5)
) s
where $1::text is null or key < $1
order by key desc
limit $6::integer
