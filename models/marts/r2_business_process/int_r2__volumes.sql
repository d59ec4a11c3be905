-- Grain: one row per party (in a role), business process, SRV, day, Device Type, region and SMETS version.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

coded as (

    select
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        cast(requests.started_at as date) as day,
        requests.region_key,
        device_profiles.device_type,
        device_profiles.smets_version,
        count(*) as request_count,
        count(*) filter (where requests.is_success) as success_count,
        {{ speed_aggregates('requests') }}
    from requests
    inner join device_profiles
        on requests.device_profile_key = device_profiles.device_profile_key
    where
        requests.is_counted
        and requests.business_process_number is not null
        and {{ in_reporting_month('requests.started_at') }}
    group by
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        cast(requests.started_at as date),
        requests.region_key,
        device_profiles.device_type,
        device_profiles.smets_version

),

final as (

    select
        coded.originator_key as party_key,
        parties.role,
        parties.corporate_group,
        processes.business_process,
        {{ process_srv('srvs.srv', 'coded.credential_type') }} as srv,
        coded.day,
        coded.device_type,
        regions.region,
        coded.smets_version,
        coded.request_count,
        coded.success_count,
        coded.target_count,
        coded.within_target_count,
        coded.measured_count,
        coded.rtt_sum_ms
    from coded
    inner join parties
        on coded.originator_key = parties.party_key
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join processes
        on coded.business_process_number = processes.business_process_number
    inner join regions
        on coded.region_key = regions.region_key

)

select * from final
