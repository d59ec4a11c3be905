-- Grain: one row per performance exception: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_performance_exceptions__landed') }}

),

final as (

    select
        recorded_at,
        exception_id,
        measure_id,
        month,
        csp_region,
        excluded_count,
        reason,
        approved_by
    from outcomes
    where outcome = 'accepted'

)

select * from final
