-- Grain: one row per segment of the industry report and day of the reporting month: its highlighted incidents.
with

incident_days as (

    select * from {{ ref('fct_major_incident_days') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

segments as (

    select * from {{ ref('segments') }}

),

placed as (

    -- An incident is in a segment that its region and its SMETS version both allow; what it does not name allows all.
    select
        incident_days.day,
        segments.segment,
        incident_days.incident_id
    from incident_days
    cross join segments
    where
        segments.segment = 'ALL'
        or (
            coalesce(incident_days.smets_version, 'SMETS1') = 'SMETS1'
            and coalesce(incident_days.csp_region, 'SMETS1') = 'SMETS1'
            and segments.segment = 'SMETS1'
        )
        or (
            coalesce(incident_days.smets_version, 'SMETS2') = 'SMETS2'
            and case
                when segments.segment = 'SMETS2' then coalesce(incident_days.csp_region, '') != 'SMETS1'
                when segments.is_region
                    then incident_days.csp_region is null or incident_days.csp_region = segments.segment
                else false
            end
        )

),

final as (

    select
        segments.segment,
        days.day,
        {{ joined_text('placed.incident_id', ';') }} as incident_ids
    from days
    cross join segments
    left join placed
        on
            days.day = placed.day
            and segments.segment = placed.segment
    group by
        segments.segment,
        days.day

)

select * from final
