-- One row per region, Device Type and Device Model (the part) of the alerts that the filters leave: most first.
with

counted as (
    select
        coalesce(region, '(empty)') as region,
        coalesce(device_type, '(empty)') as device_type,
        coalesce(device_model, '(empty)') as device_model,
        sum(alert_count) as alert_count,
        coalesce(sum(alert_count) filter (where outcome = 'Failed'), 0) as undelivered_count
    from alert
    group by all
),

told as (
    from counted
    unpivot (value_as_is for part in (region, device_type, device_model))
),

summed as (
    select
        part,
        value_as_is,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(undelivered_count) as bigint) as undelivered_count
    from told
    group by part, value_as_is
)

select
    part,
    value_as_is,
    case value_as_is when '(empty)' then 'Not known' else value_as_is end as name,
    alert_count,
    undelivered_count,
    share(alert_count - undelivered_count, alert_count) as own_rate,
    count(*) over (partition by part) as line_count
from summed
qualify row_number() over (partition by part order by alert_count desc, value_as_is asc) <= 15
order by part asc, alert_count desc, value_as_is asc
