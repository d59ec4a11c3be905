-- Grain: one row per record of the registrations feed that was refused.
with

landed as (

    select * from {{ source('landing', 'registrations') }}

),

outcomes as (

    select * from {{ ref('stg_registrations__landed') }}

),

final as (

    {{ quarantine('registrations', 'landed', 'outcomes') }}

)

select * from final
