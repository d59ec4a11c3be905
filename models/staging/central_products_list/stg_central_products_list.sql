-- Grain: one row per product and firmware version on the list in force: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_central_products_list__landed') }}

),

final as (

    select
        published_on,
        device_type,
        manufacturer,
        model,
        firmware_version,
        smets_version,
        status,
        expires_on
    from outcomes
    where outcome = 'accepted'

)

select * from final
