-- name: count_unread
-- How many notifications a user has not read, from the index alone.
select count(*) as unread
from notifications
where tenant_id = $1 and user_id = $2 and deleted_at is null and read_at is null
