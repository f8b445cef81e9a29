-- name: read_instance
-- What a program must know of the database before it begins.
select
    i.id, i.environment, i.sending_paused_at is not null as is_paused, relance.now() as business_now,
    (select coalesce(max(version), 0) from public.relance_migrations) as schema_version
from relance.instance i
