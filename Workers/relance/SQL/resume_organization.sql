-- name: resume_organization
-- Messages of one organisation go out again. No row: there is no such organisation.
with resumed as (
    update organization_settings s
    set sending_paused_at = null
    from (select sending_paused_at from organization_settings where tenant_id = $1 for update) was
    where s.tenant_id = $1
    returning was.sending_paused_at is not null as was_paused
)
select coalesce((select was_paused from resumed), false) as was_paused from organizations where id = $1
