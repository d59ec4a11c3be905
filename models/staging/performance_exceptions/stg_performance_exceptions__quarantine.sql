-- Grain: one row per record of the performance_exceptions feed that was refused.
with

landed as (

    select * from {{ source('landing', 'performance_exceptions') }}

),

outcomes as (

    select * from {{ ref('stg_performance_exceptions__landed') }}

),

final as (

    {{ quarantine('performance_exceptions', 'landed', 'outcomes') }}

)

select * from final
