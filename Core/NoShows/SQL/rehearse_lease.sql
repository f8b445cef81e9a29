-- name: rehearse_lease
-- A lease for a transaction that will be rolled back.
insert into relance.leases (name, epoch, holder, acquired_at, expires_at)
values ($1, 1, 'rehearsal', clock_timestamp(), clock_timestamp() + interval '1 minute')
