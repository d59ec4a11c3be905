-- Grain: one row per record of the throttling_events feed that was refused.
with

landed as (

    select * from {{ source('landing', 'throttling_events') }}

),

outcomes as (

    select * from {{ ref('stg_throttling_events__landed') }}

),

final as (

    {{ quarantine('throttling_events', 'landed', 'outcomes') }}

)

select * from final
