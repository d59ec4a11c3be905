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
        alert_share,
        before_count,
        device_count,
        cast(round(share(alert_count, device_count), 2) as decimal(38, 2)) as alerts_per_device,
        is_of_other,
        place
    from models

)

select * from final
order by place
