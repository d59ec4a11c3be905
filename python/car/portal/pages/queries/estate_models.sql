-- One row per model of summary.csv that the filters leave and of which there are Devices: most first.
with

counted as (
    select
        device_type,
        device_manufacturer,
        device_model,
        cast(sum(device_count) as bigint) as device_count,
        count(*) filter (where device_count > 0) as version_count
    from summary
    group by device_type, device_manufacturer, device_model
    having sum(device_count) > 0
)

select
    device_model as device_model_as_is,
    device_type || ', ' || device_model || ' (' || device_manufacturer || ')' as name,
    device_count,
    share(device_count, sum(device_count) over ()) as device_share,
    version_count,
    count(*) over () as line_count
from counted
order by device_count desc, name asc
limit 30
