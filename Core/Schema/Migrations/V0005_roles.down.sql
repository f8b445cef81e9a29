-- The roles stay: other databases of the cluster may use them.
revoke all on all tables in schema relance, public from relance_worker, relance_ingest, relance_ops;
revoke all on all sequences in schema relance from relance_worker, relance_ingest, relance_ops;
revoke all on all functions in schema relance from relance_worker, relance_ingest, relance_ops;
revoke all on schema relance, public from relance_worker, relance_ingest, relance_ops;
grant execute on all functions in schema relance to public;
