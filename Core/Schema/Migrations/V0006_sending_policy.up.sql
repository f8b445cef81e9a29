-- Holds the place of the sending policy, which is written beside this.
select;
