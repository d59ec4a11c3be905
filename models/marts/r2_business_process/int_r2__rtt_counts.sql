-- Grain: one row per party (in a role), business process, SRV and Round Trip Time in milliseconds, of those ranges of
-- Round Trip Times that a median or percentile lies in.
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

ranges as (

    -- Each under its SRV, and under `ALL`.
    select
        party_key,
        role,
        business_process_number,
        business_process,
        srv_key,
        credential_type,
        {{ each_of("[srv, 'ALL']") }} as srv,
        value_range,
        request_count
    from {{ ref('int_r2__rtt_ranges') }}

),

own_ranges as (

    {{ ranges_near_quantiles('ranges', ['party_key', 'business_process', 'srv'], 'request_count', [50]) }}

),

industry_ranges as (

    {{ ranges_near_quantiles('ranges', ['role', 'business_process', 'srv'], 'request_count', [1, 50, 99]) }}

),

near_ranges as (

    select
        ranges.party_key,
        ranges.business_process_number,
        ranges.srv_key,
        ranges.credential_type,
        ranges.value_range
    from ranges
    inner join own_ranges
        on
            ranges.party_key = own_ranges.party_key
            and ranges.business_process = own_ranges.business_process
            and ranges.srv = own_ranges.srv
            and ranges.value_range = own_ranges.value_range

    union

    select
        ranges.party_key,
        ranges.business_process_number,
        ranges.srv_key,
        ranges.credential_type,
        ranges.value_range
    from ranges
    inner join industry_ranges
        on
            ranges.role = industry_ranges.role
            and ranges.business_process = industry_ranges.business_process
            and ranges.srv = industry_ranges.srv
            and ranges.value_range = industry_ranges.value_range

),

coded as (

    select
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        requests.round_trip_time_ms,
        count(*) as request_count
    from requests
    inner join near_ranges
        on
            requests.originator_key = near_ranges.party_key
            and requests.business_process_number = near_ranges.business_process_number
            and requests.srv_key = near_ranges.srv_key
            and requests.credential_type is not distinct from near_ranges.credential_type
            and {{ value_range('requests.round_trip_time_ms') }} = near_ranges.value_range
    where
        requests.is_counted
        and {{ is_measured('requests') }}
        and {{ in_reporting_month('requests.started_at') }}
    group by
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        requests.round_trip_time_ms

),

final as (

    select
        coded.originator_key as party_key,
        parties.role,
        processes.business_process,
        {{ process_srv('srvs.srv', 'coded.credential_type') }} as srv,
        coded.round_trip_time_ms,
        coded.request_count
    from coded
    inner join parties
        on coded.originator_key = parties.party_key
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join processes
        on coded.business_process_number = processes.business_process_number

)

select * from final
