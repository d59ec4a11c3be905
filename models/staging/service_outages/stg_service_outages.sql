-- Grain: one row per service outage: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_service_outages__landed') }}

),

final as (

    select
        recorded_at,
        outage_id,
        component,
        csp_region,
        started_at,
        ended_at,
        kind,
        approved_by,
        incident_id
    from outcomes
    where outcome = 'accepted'

)

select * from final
