-- Grain: one row per record of the incidents feed that was refused.
with

landed as (

    select * from {{ source('landing', 'incidents') }}

),

outcomes as (

    select * from {{ ref('stg_incidents__landed') }}

),

final as (

    {{ quarantine('incidents', 'landed', 'outcomes') }}

)

select * from final
