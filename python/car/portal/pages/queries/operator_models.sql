-- One row per alert code and model that the filters leave: alerts, the month before, and the Devices of the estate.
with

counted as (
    select
        alert_code,
        device_type,
        device_manufacturer,
        device_model,
        cast(sum(alert_count) as bigint) as alert_count
    from alert_devices
    group by alert_code, device_type, device_manufacturer, device_model
),

counted_before as (
    select
        alert_code,
        device_type,
        device_manufacturer,
        device_model,
        cast(sum(alert_count) as bigint) as before_count
    from before.alert_devices
    group by alert_code, device_type, device_manufacturer, device_model
),

-- Device Types that summary.csv takes as one have no number of Devices of their own.
estate as (
    select
        device_type,
        device_manufacturer,
        device_model,
        cast(sum(device_count) as bigint) as device_count
    from inventory.summary
    group by device_type, device_manufacturer, device_model
)

select
    counted.device_model as device_model_as_is,
    counted.alert_code || ': ' || counted.device_model || ' (' || counted.device_manufacturer || '), '
    || counted.device_type as name,
    counted.alert_count,
    share(counted.alert_count, sum(counted.alert_count) over (partition by counted.alert_code)) as alert_share,
    counted_before.before_count,
    estate.device_count,
    -- Half away from zero in whole numbers, as in the report.
    case
        when estate.device_count > 0
            then cast((200 * counted.alert_count + estate.device_count) // (2 * estate.device_count) as bigint)
    end as alerts_per_hundred,
    count(*) over () as line_count
from counted
left join counted_before using (alert_code, device_type, device_manufacturer, device_model)
left join estate using (device_type, device_manufacturer, device_model)
order by counted.alert_count desc, name asc
limit 30
