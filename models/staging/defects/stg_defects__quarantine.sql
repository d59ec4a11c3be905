-- Grain: one row per record of the defects feed that was refused.
with

landed as (

    select * from {{ source('landing', 'defects') }}

),

outcomes as (

    select * from {{ ref('stg_defects__landed') }}

),

final as (

    {{ quarantine('defects', 'landed', 'outcomes') }}

)

select * from final
