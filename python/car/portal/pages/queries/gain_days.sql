-- One row per day with gains and whether a Device was read before its gain.
select
    'Gained Devices' as panel,
    day,
    'read_before_gain' as series,
    read_before_gain as count
from change_of_supplier
where gains > 0
union all
select
    'Gained Devices' as panel,
    day,
    'no_read_before_gain' as series,
    no_read_before_gain as count
from change_of_supplier
where gains > 0
order by day, series
