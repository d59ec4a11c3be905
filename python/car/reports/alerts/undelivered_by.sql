-- Grain: one row per alert code with a page, dimension and value, the three values with most undelivered alerts in each dimension.
with

alert as (

    select * from alert

),

code_pages as (

    select * from code_pages

),

by_value as (

    unpivot (
        select
            alert.file_name,
            alert.outcome,
            alert.alert_count,
            coalesce(alert.device_model, 'Unknown') as device_model,
            coalesce(alert.device_firmware_version, 'Unknown') as device_firmware_version,
            coalesce(alert.region, 'Unknown') as region
        from alert
        inner join code_pages
            on alert.file_name = code_pages.key
        where code_pages.undelivered > 0
    )
    on device_model, device_firmware_version, region
    into name dimension value value

),

counted as (

    select
        file_name as key,
        dimension,
        value,
        sum(alert_count)::bigint as volume,
        coalesce(sum(alert_count) filter (where outcome = 'Failed'), 0)::bigint as undelivered
    from by_value
    group by file_name, dimension, value

),

ranked as (

    select
        *,
        case dimension when 'device_model' then 1 when 'device_firmware_version' then 2 else 3 end as dimension_place,
        row_number() over (
            partition by key, dimension
            order by undelivered desc, volume, value
        ) as value_place
    from counted

),

final as (

    select
        key,
        dimension_place * 10 + value_place as place,
        dimension,
        case dimension
            when 'device_model' then 'Device Model'
            when 'device_firmware_version' then 'Device firmware'
            else 'Region'
        end as dimension_name,
        value,
        volume,
        undelivered,
        share(undelivered, volume) as undelivered_rate
    from ranked
    where value_place <= 3 and undelivered > 0

)

select * from final
order by key, place
