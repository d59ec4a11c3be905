-- One row per day with gains and series: all gains, and whether the Device was read before.
with

series as (
    from change_of_supplier
    unpivot (count for series in (gains, read_before_gain, no_read_before_gain))
)

select
    'Gained Devices' as panel,
    day,
    series,
    count
from series
where count > 0
order by day, series
