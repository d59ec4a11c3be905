-- Grain: one row per request of the month that says something about speed.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

final as (

    select
        originator_key as party_key,
        business_process_number,
        srv_key,
        credential_type,
        round_trip_time_ms
    from requests
    where
        is_counted
        and business_process_number is not null
        and {{ has_measured_round_trip_time('requests') }}
        and {{ in_reporting_month('started_at') }}

)

select * from final
