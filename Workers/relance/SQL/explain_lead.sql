-- name: explain_lead
-- The story of a lead's alerts: who it is, what is known of it, what the one definition of the rules says of it now and at each
-- later instant at which time alone may change that, which alerts stood, and what was sent over them. Names stay out of it.
with who as materialized (
    -- Some leads are known here, of some there are only activities, of some only alerts are left.
    select o.id as tenant_id
    from organizations o
    where ($2::text is null or o.id = $2) and (
        exists (select from leads l where l.tenant_id = o.id and l.id = $1)
        or exists (select from lead_activities a where a.tenant_id = o.id and a.lead_id = $1)
        or exists (select from max_alerts m where m.tenant_id = o.id and m.lead_id = $1))
    order by o.id
    limit 2
), contact as materialized (
    select c.*
    from who w
    cross join lateral (
        select a.tenant_id, a.created_at, a.direction, a.channel
        from lead_activities a
        where a.tenant_id = w.tenant_id and a.lead_id = $1 and a.is_contact and a.created_at is not null
        order by a.created_at desc
        limit 100
    ) c
), entry as materialized (
    -- Blacklisted by itself, its address or its number.
    select b.tenant_id, b.created_at, b.expires_at, b.source, b.reason, b.created_by
    from who w
    left join leads l on l.tenant_id = w.tenant_id and l.id = $1
    join blacklist_entries b on b.tenant_id = w.tenant_id and b.ended_at is null
        and (b.expires_at is null or b.expires_at > relance.now())
        and (b.lead_id = $1 or b.email = relance.normal_email(l.email) or b.phone = relance.normal_phone(l.phone))
), edge as materialized (
    -- When one of the latest contacts, or the lead itself, comes of the age of a threshold: time changes nothing in between. Spans
    -- of months are longer at the end of some.
    select w.tenant_id, e.at
    from who w
    join alert_thresholds t on t.tenant_id = w.tenant_id
    cross join lateral (values
        (t.no_contact_after), (t.no_reply_after), (t.stale_after), (t.high_value_after), (t.hot_lead_within),
        (t.preferred_within)) as s (span)
    cross join lateral (
        select c.created_at from contact c where c.tenant_id = w.tenant_id
        union
        select l.created_at from leads l where l.tenant_id = w.tenant_id and l.id = $1
    ) c
    cross join lateral (values
        (c.created_at + s.span), (date_trunc('month', c.created_at + s.span) + interval '1 month')) as e (at)
    where e.at > relance.now()
    union
    select b.tenant_id, b.expires_at from entry b where b.expires_at is not null
), at_present as materialized (
    select c.* from relance.lead_alert_conditions(
        (select array_agg(w.tenant_id) from who w), (select array_agg($1::text) from who w)) c
), ahead as materialized (
    -- All rules ask for more than the span.
    select e.tenant_id, e.at, c.type, c.muted_by
    from edge e
    cross join lateral relance.lead_alert_conditions(
        array[e.tenant_id], array[$1::text], e.at + interval '1 microsecond') c
), rule as materialized (
    select
        w.tenant_id, r.type, n.type is not null as holds, n.anchor_at, n.muted_by, n.facts, due.at as due_at,
        due.muted_by as due_muted_by, ends.at as ends_at, way.at as gives_way_at, way.muted_by as gives_way_to
    from who w
    cross join (select distinct type from relance.alert_words) r
    left join at_present n on n.tenant_id = w.tenant_id and n.type = r.type
    left join lateral (
        select a.at, a.muted_by from ahead a
        where a.tenant_id = w.tenant_id and a.type = r.type and n.type is null
        order by a.at
        limit 1
    ) due on true
    left join lateral (
        select min(e.at) as at from edge e
        where e.tenant_id = w.tenant_id and n.type is not null
            and not exists (select from ahead a where a.tenant_id = w.tenant_id and a.at = e.at and a.type = r.type)
    ) ends on true
    left join lateral (
        select a.at, a.muted_by from ahead a
        where a.tenant_id = w.tenant_id and a.type = r.type and a.muted_by is not null and n.muted_by is null
            and n.type is not null
        order by a.at
        limit 1
    ) way on true
), alert as materialized (
    select m.*, row_number() over (partition by m.tenant_id order by m.resolved_at desc, m.created_at desc, m.id) as place
    from who w
    join max_alerts m on m.tenant_id = w.tenant_id and m.lead_id = $1
)
select
    jsonb_build_object(
        'id', $1::text, 'tenant', w.tenant_id, 'is_known', l.id is not null, 'status', l.status,
        'email', relance.masked(nullif(l.email, '')), 'phone', relance.masked(nullif(l.phone, '')),
        'consent', l.marketing_consent, 'created_at', l.created_at,
        -- Why no rule is asked.
        'left_alone', case
            when t.tenant_id is null then 'no_thresholds'
            when relance.is_beyond_alerts(l) then case when l.erased_at is not null then 'erased' else lower(l.status) end
            when relance.is_blacklisted(w.tenant_id, $1, l.email, l.phone) then 'blacklisted'
        end,
        'erased_at', l.erased_at,
        'blacklisted', (
            select jsonb_build_object(
                'since', b.created_at, 'until', b.expires_at, 'source', b.source, 'reason', b.reason, 'by', b.created_by)
            from entry b where b.tenant_id = w.tenant_id order by b.expires_at desc nulls first limit 1))
        as lead,
    jsonb_build_object(
        'last_inbound', (
            select jsonb_build_object('at', c.created_at, 'channel', c.channel)
            from lead_activities c
            where c.tenant_id = w.tenant_id and c.lead_id = $1 and c.is_contact and c.direction = 'in'
                and c.created_at is not null
            order by c.created_at desc limit 1),
        'last_outbound', (
            select jsonb_build_object('at', c.created_at, 'channel', c.channel)
            from lead_activities c
            where c.tenant_id = w.tenant_id and c.lead_id = $1 and c.is_contact and c.direction = 'out'
                and c.created_at is not null
            order by c.created_at desc limit 1),
        'last_contact_at', (select max(c.created_at) from contact c where c.tenant_id = w.tenant_id),
        -- Sent by the fleet itself, or failed: since the last contact.
        'not_counted', (
            select jsonb_build_object('count', count(*), 'last_at', max(a.created_at))
            from lead_activities a
            where a.tenant_id = w.tenant_id and a.lead_id = $1 and not a.is_contact
                and a.created_at > coalesce(
                    (select max(c.created_at) from contact c where c.tenant_id = w.tenant_id), '-infinity')),
        'recent_inbound', (
            select coalesce(jsonb_object_agg(i.channel, i.count), '{}')
            from (
                select a.channel, count(*) as count
                from lead_activities a
                where a.tenant_id = w.tenant_id and a.lead_id = $1 and a.is_contact and a.direction = 'in'
                    and a.created_at > relance.now() - t.preferred_within
                group by a.channel
            ) i),
        'open_deals', (
            select jsonb_build_object('count', count(*), 'largest_cents', max(d.amount_cents))
            from deals d
            where d.tenant_id = w.tenant_id and d.lead_id = $1 and d.closed_at is null and d.stage not in ('WON', 'LOST')))
        as known,
    (
        select jsonb_build_object(
            'no_contact_after_s', extract(epoch from t.no_contact_after)::bigint,
            'no_reply_after_s', extract(epoch from t.no_reply_after)::bigint,
            'stale_after_s', extract(epoch from t.stale_after)::bigint,
            'high_value_after_s', extract(epoch from t.high_value_after)::bigint, 'high_value_cents', t.high_value_cents,
            'hot_lead_inbound', t.hot_lead_inbound, 'hot_lead_within_s', extract(epoch from t.hot_lead_within)::bigint,
            'preferred_inbound', t.preferred_inbound, 'preferred_percent', t.preferred_percent,
            'preferred_within_s', extract(epoch from t.preferred_within)::bigint)
        where t.tenant_id is not null
    ) as thresholds,
    jsonb_build_object(
        'now', relance.now(), 'evaluated_at', (select p.evaluated_at from relance.lead_alert_progress p),
        'is_behind', (select p.evaluated_at < relance.now() - interval '15 minutes' from relance.lead_alert_progress p),
        'is_marked', exists (
            select from relance.lead_alert_marks k
            where k.tenant_id = w.tenant_id and (k.lead_id = $1 or k.lead_id is null)))
        as generator,
    (
        select jsonb_agg(to_jsonb(r) - 'tenant_id' || jsonb_build_object('severity', relance.alert_severity(r.type)))
        from rule r where r.tenant_id = w.tenant_id
    ) as rules,
    (
        -- All that stand, and the latest twenty that have ended.
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', a.id, 'type', a.type, 'severity', a.severity, 'message', a.message, 'anchor_at', a.anchor_at,
            'created_at', a.created_at, 'resolved_at', a.resolved_at, 'resolved_by', a.resolved_by,
            'resolved_actor', a.resolved_actor, 'resolved_reason', a.resolved_reason,
            'sends', coalesce(a.suggested_action ->> 'action' like 'send\_%', false), 'messages', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'id', d.id, 'channel', d.channel, 'state', d.state, 'reason', d.reason, 'planned_at', d.planned_at,
                    'sent_at', d.sent_at) order by d.id), '[]')
                from relance.deliveries d
                where d.tenant_id = a.tenant_id and d.kind = 'alert_action' and d.subject = a.id::text))
            order by a.resolved_at desc nulls first, a.created_at desc, a.id), '[]')
        from alert a
        where a.tenant_id = w.tenant_id and (a.resolved_at is null or a.place <= 20 + (
            select count(*) from alert o where o.tenant_id = w.tenant_id and o.resolved_at is null))
    ) as alerts
from who w
left join leads l on l.tenant_id = w.tenant_id and l.id = $1
left join alert_thresholds t on t.tenant_id = w.tenant_id
order by w.tenant_id
