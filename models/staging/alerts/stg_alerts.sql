-- Grain: one row per alert and recipient: the last valid record up to the as-of instant.
with

outcomes as (

    select * from {{ ref('stg_alerts__landed') }}

),

final as (

    select
        alert_id,
        recorded_at,
        alert_code,
        device_key,
        mpxn_key,
        destination_party_id,
        destination_role,
        report_status_id,
        raised_at,
        delivered_at,
        response_code,
        remote_party_role,
        suppressed,
        csp_region,
        s1sp
    from outcomes
    where outcome = 'accepted'

)

select * from final
