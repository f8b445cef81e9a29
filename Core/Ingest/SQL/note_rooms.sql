-- name: note_rooms
-- What LiveKit tells of appointments' rooms; the function says what becomes of it.
select relance.note_rooms(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
