-- Grain: one row per incident: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_incidents__landed') }}

),

final as (

    select
        recorded_at,
        incident_id,
        title,
        category,
        service,
        csp_region,
        smets_version,
        resolver,
        dcc_responsible,
        raised_at,
        assigned_at,
        resolved_at,
        closed_at,
        outage_started_at,
        outage_ended_at,
        related_transaction_id
    from outcomes
    where outcome = 'accepted'

)

select * from final
