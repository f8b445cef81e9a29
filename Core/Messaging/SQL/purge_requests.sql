-- name: purge_requests
-- Request bodies hold personal data: gone after 48 h (D-11). A batch a tick keeps up with any load.
update relance.delivery_attempts
set request = null, endpoint = null, content_type = null
where id in (
    select id from relance.delivery_attempts
    where request is not null and opened_at < clock_timestamp() - interval '48 hours'
    order by opened_at
    limit 5000
    for update skip locked)
