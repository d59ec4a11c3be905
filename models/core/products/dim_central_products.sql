-- Grain: one row per product and firmware version on the Central Products List that holds.
with

central_products as (

    select * from {{ ref('stg_central_products_list') }}

),

final as (

    select
        device_type,
        manufacturer,
        model,
        firmware_version,
        smets_version,
        status,
        expires_on
    from central_products

)

select * from final
