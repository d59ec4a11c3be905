-- Grain: one row per corporate group, business process, SRV, segment (SMETS2, SMETS1) and failure reason of a failure.
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

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

versions as (

    select
        device_profile_key,
        min(device_profile_key) over (partition by smets_version) as version_profile_key
    from device_profiles

),

{% set codes = [
    'originator_key', 'business_process_number', 'srv_key', 'credential_type', 'is_local_delivery', 'region_key',
    'version_profile_key', 'failure_reason_key',
] -%}

failed as {{ inlined() }} (

    select
        requests.originator_key,
        requests.business_process_number,
        requests.srv_key,
        requests.credential_type,
        {{ is_local_delivery('requests') }} as is_local_delivery,
        requests.region_key,
        versions.version_profile_key,
        requests.failure_reason_key
    from requests
    inner join versions
        on requests.device_profile_key = versions.device_profile_key
    where
        requests.is_counted
        and requests.business_process_number is not null
        and not requests.is_success
        and not {{ is_pending('requests') }}
        and {{ in_period('requests.started_at') }}

),

coded as (

    select
        {{ codes | join(',\n        ') }},
        count(*) as failure_count
    from failed
    group by
        {{ codes | join(',\n        ') }}

),

worded as (

    select
        parties.corporate_group,
        pairs.business_process,
        pairs.srv,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as region,
        response_codes.response_code,
        pairs.smets1_applies,
        coded.failure_count
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
    inner join response_codes
        on coded.failure_reason_key = response_codes.response_code_key
    -- A top-up that is delivered locally is in no figure of top-ups.
    where not (pairs.srv = '2.2' and coded.is_local_delivery)

),

final as (

    select
        corporate_group,
        business_process,
        srv,
        case when region = 'SMETS1' then 'SMETS1' else 'SMETS2' end as segment,
        response_code as failure_reason_code,
        cast(sum(failure_count) as bigint) as failure_count
    from worded
    where {{ is_applicable('region', 'smets1_applies') }}
    group by
        corporate_group,
        business_process,
        srv,
        case when region = 'SMETS1' then 'SMETS1' else 'SMETS2' end,
        response_code

)

select * from final
