-- Grain: one row per record of the firmware_distributions feed that was refused.
with

landed as (

    select * from {{ source('landing', 'firmware_distributions') }}

),

outcomes as (

    select * from {{ ref('stg_firmware_distributions__landed') }}

),

final as (

    {{ quarantine('firmware_distributions', 'landed', 'outcomes') }}

)

select * from final
