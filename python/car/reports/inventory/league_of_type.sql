-- Grain: one row per Device Type with a page and model, the five with the most Devices.
with

models as (

    select * from models_of_type

),

final as (

    select
        key,
        model,
        device_count,
        own_rate,
        cast(null as decimal(38, 6)) as industry_rate,
        false as industry_suppressed,
        cast(null as decimal(38, 6)) as before_rate,
        peers_lowest,
        peers_highest,
        league_place,
        model_count,
        is_shared,
        place
    from models
    where place <= 5

)

select * from final
order by
    key,
    place
