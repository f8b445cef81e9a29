-- name: due_digests
-- The digests that are due (M-16): at 09:00 of each organisation's day (D-06), once, from then until midnight; none for a morning
-- before the organisation was there (D-08). Yesterday's, if no tick has come by until midnight, is missed (D-02). To whom, if
-- anything was old enough then, however late the tick. What to do follows.
with slot as materialized (
    select o.id as tenant_id, s.at as scheduled_for, n.local_date, s.at - t.digest_after as older_than,
        ((n.local_date + 1)::timestamp at time zone o.timezone) as expires_at, d.days > 0 as is_missed
    from organizations o
    join alert_thresholds t on t.tenant_id = o.id
    cross join (values (0), (1)) as d (days)
    cross join lateral (select (relance.now() at time zone o.timezone)::date - d.days as local_date) n
    cross join lateral (select (n.local_date + time '09:00') at time zone o.timezone as at) s
    where s.at <= relance.now() and s.at >= o.created_at and s.at > (select installed_at from relance.instance)
        and not exists (
            select from relance.schedule_ticks k
            where k.schedule = 'alert-digest' and k.scope = o.id and k.scheduled_for = s.at)
), notice as materialized (
    select
        s.tenant_id, s.scheduled_for, s.expires_at, s.local_date, s.is_missed, u.id as user_id, c.channel,
        'alert_digest:' || s.local_date || ':0:stale:' || c.channel || ':user:' || u.id as dedupe_key
    from slot s
    join users u on u.tenant_id = s.tenant_id and u.role in ('ADMIN', 'MANAGER') and u.is_active
    cross join (values ('email'), ('in_app')) as c (channel)
    where exists (
        select from max_alerts a
        where a.tenant_id = s.tenant_id and a.resolved_at is null and a.created_at < s.older_than)
)
