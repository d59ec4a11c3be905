-- Grain: one row per highlighted incident (its category in var highlighted_incident_categories) and day of the
-- reporting month that its outage overlaps.
with

incidents as (

    select * from {{ ref('stg_incidents') }}
    where category in ({{ var('highlighted_incident_categories') | join(', ') }})

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

outages as (

    -- Its outage, or where none was logged its whole life.
    select
        incident_id,
        csp_region,
        smets_version,
        {{ felt_from('incidents') }} as valid_from,
        {{ felt_to('incidents') }} as valid_to
    from incidents

),

final as (

    select
        outages.incident_id,
        days.day,
        outages.csp_region,
        outages.smets_version
    from outages
    inner join days
        on {{ overlaps('outages', 'cast(days.day as timestamp)', end_of_day('days.day')) }}

)

select * from final
