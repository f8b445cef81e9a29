-- The sequence, tables and functions go with their schema.
drop schema relance cascade;
