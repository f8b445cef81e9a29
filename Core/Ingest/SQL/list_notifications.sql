-- name: list_notifications
-- A page of a user's notifications, the newest first, down the index from where the page before ended.
select id, kind, title, body, appointment_id, created_at, read_at
from notifications
where tenant_id = $1 and user_id = $2 and deleted_at is null and (not $3::boolean or read_at is null)
    and ($4::timestamptz is null
        or created_at <= $4::timestamptz and (created_at < $4::timestamptz or id > $5::uuid))
order by created_at desc, id
limit $6
