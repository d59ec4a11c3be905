-- Grain: one row per day of the reporting month and segment: the highlighted incidents that touch it.
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

    -- One that names SMETS1 as its region is of SMETS1.
    select
        incident_id,
        day,
        csp_region,
        coalesce(smets_version, case when csp_region = 'SMETS1' then 'SMETS1' end) as smets_version
    from incident_days

),

final as (

    -- What an incident does not name it has everywhere; where the region is unknown, it has what names none.
    select
        days.day,
        segments.segment,
        {{ joined_text('placed.incident_id', ';') }} as incident_ids
    from days
    cross join segments
    left join placed
        on
            days.day = placed.day
            and (
                segments.segment in ('ALL', 'SMETS2')
                or coalesce(placed.csp_region, segments.segment) = segments.segment
            )
            and (
                segments.segment = 'ALL'
                or placed.smets_version is null
                or (placed.smets_version = 'SMETS1') = (segments.segment = 'SMETS1')
            )
    group by
        days.day,
        segments.segment

)

select * from final
