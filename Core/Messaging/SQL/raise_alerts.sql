-- name: raise_alerts
-- One open row per fingerprint; a repeat counts up.
insert into relance.system_alerts as a (fingerprint, tenant_id, kind, severity, message, detail)
select distinct on (fingerprint) fingerprint, tenant_id, kind, severity, message, detail::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as g (fingerprint, tenant_id, kind, severity, message, detail)
order by fingerprint
on conflict (fingerprint) where resolved_at is null do update
set occurrences = a.occurrences + 1, last_at = clock_timestamp(), detail = excluded.detail
