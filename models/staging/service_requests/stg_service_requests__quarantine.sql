-- Grain: one row per record of the service_requests feed that was refused.
with

landed as (

    select * from {{ source('landing', 'service_requests') }}

),

outcomes as (

    select * from {{ ref('stg_service_requests__landed') }}

),

final as (

    {{ quarantine('service_requests', 'landed', 'outcomes') }}

)

select * from final
