-- Grain: one row per feed: whether a file of it was loaded.
with

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

final as (

    select
        feed,
        newest_file_on,
        newest_file_on is not null as is_loaded
    from arrivals

)

select * from final
