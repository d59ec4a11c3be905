-- One row per region, Device Type and Device Model (the part) of the alerts that the filters leave: most first.
with

counted as (
    select
        region,
        device_type,
        device_model,
        sum(alert_count) as alert_count,
        coalesce(sum(alert_count) filter (where outcome = 'Failed'), 0) as undelivered_count
    from alert
    group by region, device_type, device_model
),

final as (
    select
        case
            when grouping(region) = 0 then 'region'
            when grouping(device_type) = 0 then 'device_type'
            else 'device_model'
        end as part,
        coalesce(region, device_type, device_model, '(empty)') as value_as_is,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(undelivered_count) as bigint) as undelivered_count
    from counted
    group by grouping sets ((region), (device_type), (device_model))
)

select
    part,
    value_as_is,
    case value_as_is when '(empty)' then 'Not known' else value_as_is end as name,
    alert_count,
    undelivered_count,
    share(alert_count - undelivered_count, alert_count) as own_rate,
    count(*) over (partition by part) as line_count
from final
qualify row_number() over (partition by part order by alert_count desc, value_as_is asc) <= 15
order by part, alert_count desc, value_as_is
