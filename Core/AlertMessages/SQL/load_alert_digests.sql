-- name: load_alert_digests
-- What a digest says, as things are when it is sent: how many alerts have waited for so long, and the ten gravest and oldest.
select
    d.id, d.channel, u.email, u.name as recipient_name, coalesce(u.locale, o.locale) as locale, o.name as organization_name,
    settings.mail_from, settings.reply_to,
    greatest(1, round(extract(epoch from t.digest_after) / 86400))::integer as days,
    counted.high, counted.med, counted.low,
    (select string_agg(n.lead_name || chr(31) || n.message || chr(31) || n.days, chr(30) order by n.place)
    from (
        select
            row_number() over () as place, coalesce(l.name, a.lead_id) as lead_name, a.message,
            extract(day from relance.now() - a.created_at)::integer as days
        from (
            select m.lead_id, m.message, m.created_at, m.severity
            from max_alerts m
            where m.tenant_id = d.tenant_id and m.resolved_at is null and m.created_at < relance.now() - t.digest_after
            order by case m.severity when 'high' then 1 when 'med' then 2 else 3 end, m.created_at
            limit 10
        ) a
        left join leads l on l.tenant_id = d.tenant_id and l.id = a.lead_id
    ) n) as lines
from relance.deliveries d
join organizations o on o.id = d.tenant_id
join users u on u.tenant_id = d.tenant_id and u.id = d.recipient_id
join alert_thresholds t on t.tenant_id = d.tenant_id
left join organization_settings settings on settings.tenant_id = d.tenant_id
cross join lateral (
    select
        count(*) filter (where m.severity = 'high') as high, count(*) filter (where m.severity = 'med') as med,
        count(*) filter (where m.severity = 'low') as low
    from max_alerts m
    where m.tenant_id = d.tenant_id and m.resolved_at is null and m.created_at < relance.now() - t.digest_after
) counted
where d.id = any ($1::bigint[]) and d.kind = 'alert_digest'
