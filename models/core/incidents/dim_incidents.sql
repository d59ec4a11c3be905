-- Grain: one row per incident: what it is called, what it touched, and its life.
with

incidents as (

    select * from {{ ref('stg_incidents') }}

),

final as (

    select
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
    from incidents

)

select * from final
