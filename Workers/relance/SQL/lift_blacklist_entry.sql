-- name: lift_blacklist_entry
-- Ends an entry of the blacklist by hand, after which only later no-shows count (D-23). No row: there is none that holds.
update blacklist_entries
set ended_at = relance.now(), ended_by = $3, ended_how = 'lifted'
where id = $1::uuid and ($2::text is null or tenant_id = $2) and ended_at is null
returning tenant_id, lead_id, source
