-- name: prove_pointers
-- Full derivation of one page of appointments against their pointers: every step that is still to be written must lie at
-- or after its pointer. Returns the appointments that would have been forgotten, and the last key of the page.
with page as (
    select a.tenant_id, a.id
    from appointments a
    where (a.tenant_id, a.id) > ($1, $2) and a.starts_at > relance.now() - interval '1 day'
    order by a.tenant_id, a.id
    limit $3::integer
), wanted as (
    select s.tenant_id, s.appointment_id, min(s.due_at) as due_at
    from page p
    join relance.open_steps s on s.tenant_id = p.tenant_id and s.appointment_id = p.id
    group by s.tenant_id, s.appointment_id
), forgotten as (
    select w.tenant_id, w.appointment_id
    from wanted w
    left join relance.appointment_due d on d.tenant_id = w.tenant_id and d.appointment_id = w.appointment_id
    where d.next_due_at is null or d.next_due_at > w.due_at
)
select
    (select count(*) from page) as examined,
    (select max(tenant_id) from page) as last_tenant,
    (select id from page order by tenant_id desc, id desc limit 1) as last_id,
    array_to_json(array(select json_build_array(tenant_id, appointment_id) from forgotten)) as forgotten
