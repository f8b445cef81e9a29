-- Holds the number of a migration that is written beside this one; its file takes this one's place.
select 1;
