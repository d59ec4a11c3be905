-- Grain: one row per defect: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_defects__landed') }}

),

final as (

    select
        recorded_at,
        defect_id,
        title,
        severity,
        released_on,
        accepted_on,
        closed_on
    from outcomes
    where outcome = 'accepted'

)

select * from final
