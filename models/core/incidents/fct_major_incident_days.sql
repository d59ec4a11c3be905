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

lives as (

    -- Its outage, or where none was logged its whole life.
    select
        incident_id,
        csp_region,
        smets_version,
        coalesce(outage_started_at, raised_at) as valid_from,
        case when outage_started_at is null then resolved_at else outage_ended_at end as ended_at
    from incidents

),

outages as (

    select
        incident_id,
        csp_region,
        smets_version,
        valid_from,
        -- One that ended at the instant at which it began still happened on that day.
        greatest(coalesce(ended_at, {{ open_end() }}), valid_from + interval '1' microsecond) as valid_to
    from lives

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
