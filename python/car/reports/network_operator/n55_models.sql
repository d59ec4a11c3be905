-- Grain: one row per Device Type, manufacturer and model with N55.
with

models as (

    select *
    from failing_models
    where alert_code = 'N55'

),

final as (

    select
        model,
        device_type,
        alert_count,
        total_count,
        alert_share,
        before_count,
        device_count,
        cast(round(100 * share(alert_count, device_count)) as bigint) as alerts_per_hundred,
        is_of_other,
        coalesce(
            device_count >= 10
            and share(alert_count, device_count)
            = max(share(alert_count, device_count)) filter (where device_count >= 10) over (),
            false
        ) as is_most_per_hundred,
        place
    from models

)

select * from final
order by place
