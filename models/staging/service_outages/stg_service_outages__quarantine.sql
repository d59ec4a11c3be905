-- Grain: one row per record of the service_outages feed that was refused.
with

landed as (

    select * from {{ source('landing', 'service_outages') }}

),

outcomes as (

    select * from {{ ref('stg_service_outages__landed') }}

),

final as (

    {{ quarantine('service_outages', 'landed', 'outcomes') }}

)

select * from final
