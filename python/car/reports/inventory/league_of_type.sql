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
        newest_share,
        peers_from,
        peers_to,
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
