-- Grain: one row per measure, month and region: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_commentary__landed') }}

),

final as (

    select
        recorded_at,
        measure_id,
        month,
        csp_region,
        text
    from outcomes
    where outcome = 'accepted'

)

select * from final
