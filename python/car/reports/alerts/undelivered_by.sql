-- One row per alert code with a page, dimension and value: the three values with most undelivered alerts.
with

-- The delivered too: a value with many alerts has many undelivered.
of_pages as (
    select
        alert.file_name as key,
        alert.outcome,
        alert.alert_count,
        alert.device_model,
        alert.device_firmware_version,
        alert.region
    from alert
    inner join code_pages on alert.file_name = code_pages.key
),

by_value as (
    select
        key,
        outcome,
        alert_count,
        1 as dimension_place,
        'Device Model' as what,
        device_model as value
    from of_pages
    union all
    select
        key,
        outcome,
        alert_count,
        2 as dimension_place,
        'Device firmware' as what,
        device_firmware_version as value
    from of_pages
    union all
    select
        key,
        outcome,
        alert_count,
        3 as dimension_place,
        'Region' as what,
        region as value
    from of_pages
),

counted as (
    select
        key,
        dimension_place,
        what,
        value,
        cast(sum(alert_count) as bigint) as own_volume,
        cast(coalesce(sum(alert_count) filter (where outcome = 'Failed'), 0) as bigint) as undelivered_count
    from by_value
    group by key, dimension_place, what, value
)

select
    key,
    what,
    coalesce(value, 'Unknown') as value,
    own_volume,
    undelivered_count,
    share(own_volume - undelivered_count, own_volume) as own_rate
from counted
where undelivered_count > 0
qualify
    row_number() over (
        partition by key, dimension_place order by undelivered_count desc, own_volume asc, value asc
    ) <= 3
order by key asc, dimension_place asc, undelivered_count desc, own_volume asc, value asc
