-- Grain: one row per Device Type as shown, manufacturer and model of which the Central Products List has a Current
-- firmware version.
with

central_products as (

    select * from {{ ref('dim_central_products') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

final as (

    -- As text, the greatest version that may still be installed.
    select
        device_types.graph_device_type as device_type,
        central_products.manufacturer,
        central_products.model,
        max(central_products.firmware_version) as newest_firmware_version
    from central_products
    inner join device_types
        on central_products.device_type = device_types.device_type
    where central_products.status = 'Current'
    group by
        device_types.graph_device_type,
        central_products.manufacturer,
        central_products.model

)

select * from final
