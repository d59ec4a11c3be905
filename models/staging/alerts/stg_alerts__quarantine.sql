-- Grain: one row per record of the alerts feed that was refused.
with

landed as (

    select * from {{ source('landing', 'alerts') }}

),

outcomes as (

    select * from {{ ref('stg_alerts__landed') }}

),

final as (

    {{ quarantine('alerts', 'landed', 'outcomes') }}

)

select * from final
