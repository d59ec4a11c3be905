-- Grain: one row per Service, and `Unmapped` for the incidents of no Service.
with

reliability as (

    select * from {{ ref('int_pmr_availability__reliability') }}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        service,
        incidents_1,
        incidents_2,
        incidents_3,
        incidents_4,
        incidents_5,
        event_count as downtime_events,
        {{ hours('planned_us') }} as planned_hours,
        {{ hours('unplanned_us') }} as unplanned_hours,
        {{ hundredths('unplanned_us', us_per_hour() ~ ' * event_count') }} as mttr_hours,
        {{ hundredths('available_us', us_per_hour() ~ ' * event_count') }} as mtbf_hours,
        state
    from reliability

)

select * from final
