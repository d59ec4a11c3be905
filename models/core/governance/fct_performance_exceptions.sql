-- Grain: one row per performance exception.
with

performance_exceptions as (

    select * from {{ ref('stg_performance_exceptions') }}

),

final as (

    select
        exception_id,
        measure_id,
        {{ figure_of('measure_id') }} as figure_id,
        {{ subject_of('measure_id') }} as subject,
        month,
        csp_region,
        excluded_count,
        reason,
        approved_by is not null as is_approved
    from performance_exceptions

)

select * from final
