-- Grain: one row per corporate group, business process, SRV, segment and day, over the requests that the figures of a
-- process count.
with

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

pairs as (

    select * from {{ ref('dim_table_4_pairs') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

versions as (

    -- One profile stands for all of a SMETS version.
    select
        device_profile_key,
        min(device_profile_key) over (partition by smets_version) as version_profile_key
    from device_profiles

),

{% set codes = [
    'originator_key', 'business_process_number', 'srv_key', 'credential_type', 'region_key', 'version_profile_key', 'day',
] -%}

judged as {{ inlined() }} (

    select
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        requests.region_key,
        versions.version_profile_key,
        cast(requests.started_at as date) as day,
        requests.is_success,
        requests.is_delivery_failure,
        {{ is_pending('requests') }} as is_pending,
        case when {{ has_measured_round_trip_time('requests') }} then requests.round_trip_time_ms end as measured_ms
    from requests
    inner join versions
        on requests.device_profile_key = versions.device_profile_key
    where
        requests.is_counted
        and requests.business_process_number is not null
        and {{ in_period('requests.started_at') }}

),

coded as (

    select
        {{ codes | join(',\n        ') }},
        count(*) as request_count,
        count(*) filter (where is_pending) as pending_count,
        count(*) filter (where not is_pending and not is_success) as failure_count,
        count(*) filter (where not is_pending and is_delivery_failure) as delivery_failure_count,
        count(measured_ms) as measured_count,
        coalesce(sum(measured_ms), 0) as rtt_sum_ms,
        max(measured_ms) as rtt_max_ms
    from judged
    group by
        {{ codes | join(',\n        ') }}

),

worded as (

    select
        parties.corporate_group,
        pairs.business_process,
        pairs.srv,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        coded.day,
        pairs.smets1_applies,
        coded.request_count,
        coded.pending_count,
        coded.failure_count,
        coded.delivery_failure_count,
        coded.measured_count,
        coded.rtt_sum_ms,
        coded.rtt_max_ms
    from coded
    inner join pairs
        on
            coded.business_process_number = pairs.business_process_number
            and coded.srv_key = pairs.srv_key
            and coded.credential_type is not distinct from pairs.credential_type
    inner join parties
        on coded.originator_key = parties.party_key
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.version_profile_key = device_profiles.device_profile_key

),

final as (

    select
        corporate_group,
        business_process,
        srv,
        segment,
        day,
        {{ day_sums() }}
    from worded
    where {{ is_applicable('segment', 'smets1_applies') }}
    group by
        corporate_group,
        business_process,
        srv,
        segment,
        day

)

select * from final
