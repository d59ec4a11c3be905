-- Grain: one row per Service, component (`ALL` too), segment and day of the reporting month.
with

figures as (

    select * from {{ ref('int_pmr_availability__figures') }}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        scope_name as service,
        scope_part as component,
        segment,
        {{ cast_or_null('split_value', 'date') }} as day,
        {{ minutes('total_us') }} as total_minutes,
        {{ minutes('planned_us') }} as planned_minutes,
        {{ minutes('unplanned_us') }} as unplanned_minutes,
        availability,
        state
    from figures
    where
        scope_kind = 'service'
        and split = 'day'

)

select * from final
