-- Grain: one row per highlighted incident of the reported period.
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where
        is_major
        and is_in_month

),

dim_incidents as (

    select * from {{ ref('dim_incidents') }}

),

request_volumes as (

    select * from {{ ref('int_pmr_incidents__request_volumes') }}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        incidents.incident_id,
        dim_incidents.title,
        incidents.category,
        dim_incidents.service,
        coalesce(incidents.csp_region, 'ALL') as segment,
        dim_incidents.smets_version,
        dim_incidents.resolver,
        dim_incidents.dcc_responsible,
        dim_incidents.raised_at,
        dim_incidents.assigned_at,
        dim_incidents.resolved_at,
        dim_incidents.closed_at,
        dim_incidents.outage_started_at,
        dim_incidents.outage_ended_at,
        {{ minutes('incidents.outage_us') }} as outage_minutes,
        incidents.is_raised,
        incidents.is_closed,
        incidents.is_open,
        incidents.is_closed_by_dcc as in_cpm4,
        case when incidents.is_closed_by_dcc then incidents.is_resolved_in_time end as within_target,
        request_volumes.expected_requests,
        request_volumes.actual_requests,
        case
            when request_volumes.expected_requests >= request_volumes.actual_requests
                then request_volumes.expected_requests - request_volumes.actual_requests
            when request_volumes.expected_requests < request_volumes.actual_requests then 0
        end as shortfall
    from incidents
    inner join dim_incidents
        on incidents.incident_id = dim_incidents.incident_id
    left join request_volumes
        on incidents.incident_id = request_volumes.incident_id

)

select * from final
