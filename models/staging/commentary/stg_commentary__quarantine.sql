-- Grain: one row per record of the commentary feed that was refused.
with

landed as (

    select * from {{ source('landing', 'commentary') }}

),

outcomes as (

    select * from {{ ref('stg_commentary__landed') }}

),

final as (

    {{ quarantine('commentary', 'landed', 'outcomes') }}

)

select * from final
