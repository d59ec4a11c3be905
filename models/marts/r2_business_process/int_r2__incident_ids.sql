-- Grain: one row per day of the reporting month and scope: one region, one SMETS version, or everything (the others
-- `ALL`).
with

incident_days as (

    select * from {{ ref('fct_major_incident_days') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

scopes as (

    select
        'ALL' as region,
        'ALL' as smets_version

    union all

    select
        region,
        'ALL' as smets_version
    from {{ ref('regions') }}

    union all

    select
        'ALL' as region,
        versions.smets_version
    from (values ('SMETS1'), ('SMETS2'), ('Unknown')) as versions (smets_version)

),

final as (

    -- What an incident does not name it has everywhere.
    select
        days.day,
        scopes.region,
        scopes.smets_version,
        {{ joined_text('incident_days.incident_id', ';') }} as incident_ids
    from days
    cross join scopes
    left join incident_days
        on
            days.day = incident_days.day
            and (scopes.region = 'ALL' or coalesce(incident_days.csp_region, scopes.region) = scopes.region)
            and (
                scopes.smets_version = 'ALL'
                or coalesce(incident_days.smets_version, scopes.smets_version) = scopes.smets_version
            )
    group by
        days.day,
        scopes.region,
        scopes.smets_version

)

select * from final
