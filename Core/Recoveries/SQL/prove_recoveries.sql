-- name: prove_recoveries
-- Full derivation of one page of abandons against their pointers: whatever is still to be decided must have a pointer that is
-- due by then. Returns the abandons that would have been forgotten, and the last key of the page.
with page as (
    select a.tenant_id, a.id, a.ended_at
    from form_abandons a
    where (a.tenant_id, a.id) > ($1, $2)
    order by a.tenant_id, a.id
    limit $3::integer
), wanted as (
    select
        o.tenant_id, o.abandon_id,
        case
            when o.verdict in ('due', 'missed', 'too_late', 'hold_out') then relance.now()
            when o.verdict = 'wait' then least(o.quiet_until, o.closes_at)
            when o.verdict in ('in_flight', 'recent_mail') then greatest(o.closes_at, relance.now() + interval '1 hour')
            -- What has since been ended may have waited for the last mail to be twelve hours old.
            when o.verdict = 'exit' then greatest(least(o.next_due_at, o.closes_at), o.quiet_until)
            else least(o.next_due_at, o.closes_at)
        end as look_at
    from page p
    cross join lateral (
        select * from relance.open_recoveries r
        where r.tenant_id = p.tenant_id and r.abandon_id = p.id
        offset 0
    ) o
    where p.ended_at is null
), forgotten as (
    select w.tenant_id, w.abandon_id
    from wanted w
    where not exists (
        select from relance.abandon_due d
        where d.tenant_id = w.tenant_id and d.abandon_id = w.abandon_id and d.next_due_at <= w.look_at)
)
select
    (select count(*) from page) as examined,
    (select max(tenant_id) from page) as last_tenant,
    (select id from page order by tenant_id desc, id desc limit 1) as last_id,
    array_to_json(array(select json_build_array(tenant_id, abandon_id) from forgotten)) as forgotten
