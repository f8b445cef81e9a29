-- name: load_no_show_rates
-- The weekly rates with those of the week before (D-24), as they stand when the message is written: for the organisation and for
-- each closer. Counted once for each week asked for, however many read it.
with asked as materialized (
    select d.id, d.tenant_id, d.subject::date as monday, d.channel, d.recipient_id
    from relance.deliveries d
    where d.id = any ($1::bigint[])
), week as materialized (
    select
        w.tenant_id, w.monday,
        (w.monday - 14)::timestamp at time zone o.timezone as before_last, (w.monday - 7)::timestamp at time zone o.timezone as last,
        w.monday::timestamp at time zone o.timezone as this
    from (select distinct tenant_id, monday from asked) w
    join organizations o on o.id = w.tenant_id
), counted as materialized (
    select
        w.tenant_id, w.monday, c.closer_id, sum(c.missed) filter (where c.is_last) as missed,
        sum(c.counted) filter (where c.is_last) as counted, sum(c.missed) filter (where not c.is_last) as missed_before,
        sum(c.counted) filter (where not c.is_last) as counted_before
    from week w
    cross join lateral (
        select n.*, true as is_last from relance.no_show_counts(w.tenant_id, w.last, w.this) n
        union all
        select n.*, false from relance.no_show_counts(w.tenant_id, w.before_last, w.last) n
    ) c
    group by w.tenant_id, w.monday, c.closer_id
)
select
    a.id, a.channel, a.tenant_id, o.name as organization_name, settings.mail_from, settings.reply_to,
    coalesce(u.email, '') as email, u.name as recipient_name, coalesce(u.locale, o.locale) as locale, o.timezone,
    to_char(a.monday - 7, 'YYYY MM DD ID HH24 MI') as first_day, to_char(a.monday - 1, 'YYYY MM DD ID HH24 MI') as last_day,
    coalesce(t.missed, 0)::bigint as missed, coalesce(t.counted, 0)::bigint as counted,
    coalesce(t.missed_before, 0)::bigint as missed_before, coalesce(t.counted_before, 0)::bigint as counted_before,
    coalesce(t.closers, '[]') as closers
from asked a
join organizations o on o.id = a.tenant_id
join users u on u.tenant_id = a.tenant_id and u.id = a.recipient_id
left join organization_settings settings on settings.tenant_id = a.tenant_id
cross join lateral (
    select
        sum(c.missed) as missed, sum(c.counted) as counted, sum(c.missed_before) as missed_before,
        sum(c.counted_before) as counted_before,
        json_agg(
            json_build_object(
                'name', closer.name, 'missed', coalesce(c.missed, 0), 'counted', coalesce(c.counted, 0),
                'missed_before', coalesce(c.missed_before, 0), 'counted_before', coalesce(c.counted_before, 0))
            order by coalesce(c.missed, 0) desc, closer.name, c.closer_id) as closers
    from counted c
    left join users closer on closer.tenant_id = c.tenant_id and closer.id = c.closer_id
    where c.tenant_id = a.tenant_id and c.monday = a.monday
) t
