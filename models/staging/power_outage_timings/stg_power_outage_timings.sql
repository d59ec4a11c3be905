-- Grain: one row per timed alert and recipient: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_power_outage_timings__landed') }}

),

final as (

    select
        alert_id,
        recorded_at,
        destination_party_id,
        destination_role,
        event_at,
        csp_sent_at,
        dsp_received_at,
        sent_at,
        acknowledged_at
    from outcomes
    where outcome = 'accepted'

)

select * from final
