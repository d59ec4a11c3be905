-- Reference: the code list of Device Types, with names.
-- Grain: one row per Device Type of the Smart Metering Inventory.
with

codes as (

    select * from {{ ref('device_types') }}

),

final as (

    select
        device_type,
        device_type_name as name,
        cast(null as string) as description
    from codes

)

select * from final
