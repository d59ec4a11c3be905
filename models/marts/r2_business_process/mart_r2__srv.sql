-- Requirement 2: the recipient's own requests of each SRV by every dimension that may explain a failure.
-- Grain: one row per recipient (party and role), SRV and combination of the dimensions.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

hub_profiles as (

    select * from {{ ref('dim_hub_profiles') }}

),

measured as (

    -- Grouped by codes: each stands for one combination of words, so these are the published rows.
    select
        originator_key,
        srv_key,
        business_process_number,
        credential_type,
        is_success,
        failure_reason_key,
        hub_profile_key,
        device_profile_key,
        region_key,
        trt_s,
        count(*) as request_count,
        count(round_trip_time_ms) as measured_count,
        min(round_trip_time_ms) as rtt_min_ms,
        {{ median_whole('round_trip_time_ms') }} as rtt_median_ms,
        max(round_trip_time_ms) as rtt_max_ms,
        cast(sum(round_trip_time_ms) as bigint) as rtt_sum_ms
    from requests
    where
        is_counted
        and {{ in_reporting_month('started_at') }}
    group by
        originator_key,
        srv_key,
        business_process_number,
        credential_type,
        is_success,
        failure_reason_key,
        hub_profile_key,
        device_profile_key,
        region_key,
        trt_s

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        srvs.srv,
        processes.business_process,
        measured.credential_type,
        case when measured.is_success then 'Success' else 'Failure' end as outcome,
        response_codes.response_code as failure_reason_code,
        hub_profiles.ch_manufacturer,
        hub_profiles.ch_model,
        device_profiles.ch_function,
        hub_profiles.ch_firmware_version,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        regions.region,
        device_profiles.smets_version,
        measured.trt_s,
        measured.request_count,
        {{ seconds('measured.rtt_min_ms') }} as rtt_min_s,
        {{ seconds(mean_whole('measured.rtt_sum_ms', 'measured.measured_count')) }} as rtt_mean_s,
        {{ seconds('measured.rtt_median_ms') }} as rtt_median_s,
        {{ seconds('measured.rtt_max_ms') }} as rtt_max_s,
        {{ seconds('measured.rtt_sum_ms') }} as rtt_sum_s
    from measured
    inner join obligations
        on measured.originator_key = obligations.party_key
    inner join srvs
        on measured.srv_key = srvs.srv_key
    inner join regions
        on measured.region_key = regions.region_key
    inner join device_profiles
        on measured.device_profile_key = device_profiles.device_profile_key
    inner join hub_profiles
        on measured.hub_profile_key = hub_profiles.hub_profile_key
    left join processes
        on measured.business_process_number = processes.business_process_number
    left join response_codes
        on measured.failure_reason_key = response_codes.response_code_key

)

select * from final
order by
    party_id,
    role,
    srv
