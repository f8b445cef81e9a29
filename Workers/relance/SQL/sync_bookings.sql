-- name: sync_bookings
-- Brings appointments to what the file says was known at business time: born with their past, moved, cancelled, completed.
-- What is there already as the file has it is not written, so that a second import changes nothing. Answers with a count for
-- each change and a row for each booking that does not fit.
with given as (
    select *
    from unnest(
        $1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
        $9::integer[], $10::text[], $11::timestamptz[], $12::timestamptz[]
    ) as g (
        line, tenant_id, id, lead_id, closer_id, timezone, created_at, starts_at, duration_min, video, cancelled_at, completed_at)
), judged as materialized (
    select
        g.*,
        case
            when g.cancelled_at <= relance.now() then 'CANCELLED'
            when g.completed_at <= relance.now() then 'COMPLETED'
            else 'SCHEDULED'
        end as status,
        a.id is not null as is_there,
        case
            when o.timezone <> g.timezone then 'other_zone'
            when l.id is null then 'unknown_lead'
            when l.erased_at is not null then 'erased_lead'
            else 'fit'
        end as verdict,
        o.timezone as organization_zone
    from given g
    join organizations o on o.id = g.tenant_id
    left join leads l on l.tenant_id = g.tenant_id and l.id = g.lead_id
    left join appointments a on a.tenant_id = g.tenant_id and a.id = g.id
    where g.created_at <= relance.now()
), born as (
    insert into appointments (
        tenant_id, id, lead_id, closer_id, status, starts_at, duration_min, video, created_at, cancelled_at, revision, armed_at,
        imported_at)
    select
        tenant_id, id, lead_id, closer_id, status, starts_at, duration_min, video, created_at,
        case status when 'CANCELLED' then cancelled_at end,
        case status when 'CANCELLED' then 1 else 0 end,
        case status when 'CANCELLED' then cancelled_at else created_at end,
        -- History (D-02): nothing that was due before now is ever sent. News is sent as if an application had written it.
        case when $13::boolean then null else relance.now() end
    from judged
    where verdict = 'fit' and not is_there
    order by tenant_id, id
    on conflict (tenant_id, id) do nothing
    returning 'inserted' as change
), changed as (
    update appointments a
    set status = case when j.status = 'SCHEDULED' then a.status else j.status end,
        cancelled_at = case when j.status = 'CANCELLED' then j.cancelled_at end,
        lead_id = j.lead_id, closer_id = j.closer_id, starts_at = j.starts_at, duration_min = j.duration_min, video = j.video,
        updated_at = relance.now()
    from judged j
    where j.verdict = 'fit' and j.is_there and a.tenant_id = j.tenant_id and a.id = j.id
        -- What has ended stays as it ended: a no-show's mark, a completion or a cancel is not undone by a file.
        and a.status in ('SCHEDULED', 'CONFIRMED')
        and (j.status <> 'SCHEDULED' or (a.lead_id, a.closer_id, a.starts_at, a.duration_min, a.video)
            is distinct from (j.lead_id, j.closer_id, j.starts_at, j.duration_min, j.video))
    returning case j.status when 'CANCELLED' then 'cancelled' when 'COMPLETED' then 'completed' else 'changed' end as change
)
select verdict as what, line, organization_zone as detail, 1::bigint as count from judged where verdict <> 'fit'
union all
select change, null, null, count(*) from (table born union all table changed) c group by change
union all
select 'known', null, null, count(*) from judged where verdict = 'fit'
