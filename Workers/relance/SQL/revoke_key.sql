-- name: revoke_key
-- Ends a key, once; its row stays for the record.
update relance.api_keys
set revoked_at = clock_timestamp()
where id = $1::uuid and ($2::text is null or tenant_id = $2) and revoked_at is null
returning tenant_id, name
