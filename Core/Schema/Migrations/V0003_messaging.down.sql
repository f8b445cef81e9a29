drop table relance.suppressions, relance.delivery_attempts, relance.deliveries;
