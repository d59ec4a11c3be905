-- Grain: one row per service request: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_service_requests__landed') }}

),

final as (

    select
        transaction_id,
        recorded_at,
        srv,
        command_variant,
        mode_of_operation,
        originator_party_id,
        originator_role,
        device_key,
        mpxn_key,
        report_status_id,
        device_execution_status,
        response_code,
        started_at,
        execution_at,
        ended_at,
        southbound_ms,
        northbound_ms,
        sla_target_ms,
        sla_exclusion_ms,
        csp_region,
        s1sp
    from outcomes
    where outcome = 'accepted'

)

select * from final
