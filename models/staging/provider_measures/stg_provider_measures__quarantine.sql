-- Grain: one row per record of the provider_measures feed that was refused.
with

landed as (

    select * from {{ source('landing', 'provider_measures') }}

),

outcomes as (

    select * from {{ ref('stg_provider_measures__landed') }}

),

final as (

    {{ quarantine('provider_measures', 'landed', 'outcomes') }}

)

select * from final
