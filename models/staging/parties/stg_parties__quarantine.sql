-- Grain: one row per record of the parties feed that was refused.
with

landed as (

    select * from {{ source('landing', 'parties') }}

),

outcomes as (

    select * from {{ ref('stg_parties__landed') }}

),

final as (

    {{ quarantine('parties', 'landed', 'outcomes') }}

)

select * from final
