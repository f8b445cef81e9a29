-- name: prove_no_show_pointers
-- Full derivation of one page of appointments against their pointers: what is still to be decided or told must lie at or after its
-- pointer. Returns the appointments that would have been forgotten, and the last key of the page. Derived one by one: a join lets
-- the server derive the marks of all times for each page.
with page as (
    select a.tenant_id, a.id
    from appointments a
    where (a.tenant_id, a.id) > ($1, $2)
        and (a.starts_at > relance.now() - interval '7 days' or exists (
            select from no_show_marks m
            where m.tenant_id = a.tenant_id and m.appointment_id = a.id
                and coalesce(m.decided_at, m.detected_at) > relance.now() - interval '7 days'))
    order by a.tenant_id, a.id
    limit $3::integer
), wanted as (
    select w.tenant_id, w.appointment_id, min(w.due_at) as due_at
    from (
        select l.tenant_id, l.appointment_id, l.due_at
        from page p
        cross join lateral (
            select * from relance.no_show_looks k
            where k.tenant_id = p.tenant_id and k.appointment_id = p.id and k.verdict not in ('attended', 'held')
            offset 0
        ) l
        union all
        select s.tenant_id, s.appointment_id, s.due_at
        from page p
        cross join lateral (
            select * from relance.open_no_show_messages o
            where o.tenant_id = p.tenant_id and o.appointment_id = p.id
            offset 0
        ) s
    ) w
    group by w.tenant_id, w.appointment_id
), forgotten as (
    select w.tenant_id, w.appointment_id
    from wanted w
    left join relance.no_show_due d on d.tenant_id = w.tenant_id and d.appointment_id = w.appointment_id
    where d.next_due_at is null or d.next_due_at > w.due_at
)
select
    (select count(*) from page) as examined,
    (select max(tenant_id) from page) as last_tenant,
    (select id from page order by tenant_id desc, id desc limit 1) as last_id,
    array_to_json(array(select json_build_array(tenant_id, appointment_id) from forgotten)) as forgotten
