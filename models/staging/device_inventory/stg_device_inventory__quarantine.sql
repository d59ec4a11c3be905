-- Grain: one row per record of the device_inventory feed that was refused.
with

landed as (

    select * from {{ source('landing', 'device_inventory') }}

),

outcomes as (

    select * from {{ ref('stg_device_inventory__landed') }}

),

final as (

    {{ quarantine('device_inventory', 'landed', 'outcomes') }}

)

select * from final
