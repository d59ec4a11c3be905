-- Grain: one row per Device and calendar day on which it was commissioned, by any accepted state of it.
with

increments as (

    select * from {{ ref('stg_device_inventory') }}

),

final as (

    select distinct
        device_key,
        cast(commissioned_at as date) as commissioned_on
    from increments
    where commissioned_at is not null

)

select * from final
