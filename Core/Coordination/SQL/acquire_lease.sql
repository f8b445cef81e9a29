-- name: acquire_lease
-- Takes over an expired lease, or our own, under a new epoch (D-81). No row: somebody else holds it.
insert into relance.leases as l (name, epoch, holder, acquired_at, expires_at)
values ($1, 1, $2, clock_timestamp(), clock_timestamp() + make_interval(secs => $3::double precision))
on conflict (name) do update
set epoch = l.epoch + 1, holder = excluded.holder, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
where l.expires_at <= clock_timestamp() or l.holder = excluded.holder
returning epoch
