-- Grain: one row per outage that touches the reported period.
with

outages as (

    select * from {{ ref('fct_outages') }}

),

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where is_major

),

final as (

    -- An incident of another category, or one that nobody reported, is not named.
    select
        '{{ var("reporting_month") }}' as reporting_month,
        outages.outage_id,
        outages.component,
        coalesce(outages.csp_region, 'ALL') as segment,
        outages.kind,
        outages.is_approved,
        outages.started_at,
        outages.ended_at,
        {{ minutes(duration_us('outages.valid_from', 'outages.valid_to')) }} as minutes_in_month,
        incidents.incident_id
    from outages
    left join incidents
        on outages.incident_id = incidents.incident_id

)

select * from final
