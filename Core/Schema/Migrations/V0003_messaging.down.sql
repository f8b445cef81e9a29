drop trigger end_delivery_of_dead_job on relance.dead_jobs;
drop function relance.end_delivery_of_dead_job();
drop table relance.suppressions, relance.delivery_attempts, relance.deliveries;
