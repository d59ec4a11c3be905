-- Grain: one row per record of the power_outage_timings feed that was refused.
with

landed as (

    select * from {{ source('landing', 'power_outage_timings') }}

),

outcomes as (

    select * from {{ ref('stg_power_outage_timings__landed') }}

),

final as (

    {{ quarantine('power_outage_timings', 'landed', 'outcomes') }}

)

select * from final
