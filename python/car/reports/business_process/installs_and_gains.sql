-- One row where there were installs or gains in the month.
select 1 as there_is
where (select count(*) from install_and_commission) + (select count(*) from change_of_supplier) > 0
order by there_is
