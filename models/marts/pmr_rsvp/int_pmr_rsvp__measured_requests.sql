-- Grain: one row per request of the period that says something about speed, whatever its process.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

device_kinds as (

    select
        device_profile_key,
        min(device_profile_key) over (partition by device_type, smets_version) as kind_profile_key
    from device_profiles

),

final as (

    select
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        requests.region_key,
        device_kinds.kind_profile_key,
        requests.round_trip_time_ms
    from requests
    inner join device_kinds
        on requests.device_profile_key = device_kinds.device_profile_key
    where
        requests.is_counted
        and requests.business_process_number is not null
        and {{ has_measured_round_trip_time('requests') }}
        and {{ in_period('requests.started_at') }}

)

select * from final
