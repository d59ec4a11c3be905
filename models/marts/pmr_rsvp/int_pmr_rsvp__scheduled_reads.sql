-- Grain: one row per corporate group and segment (a region or SMETS1) with scheduled meter reads of the period.
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

{% set due_at -%}
coalesce(requests.execution_at, requests.started_at) + interval '{{ var("scheduled_read_hours") }}' hour
{%- endset -%}

scheduled as (

    select
        requests.originator_key,
        requests.region_key,
        requests.device_profile_key,
        pairs.smets1_applies,
        count(*) as request_count,
        count(*) filter (where requests.is_response_received and requests.ended_at <= {{ due_at }}) as in_time_count,
        -- Not answered, not decided by its status, and there is still time.
        count(*) filter (where requests.may_still_be_answered and {{ as_of() }} <= {{ due_at }}) as pending_count
    from requests
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and requests.credential_type is not distinct from pairs.credential_type
    where
        requests.is_counted
        and requests.mode_of_operation = 6
        and pairs.business_process = 'Meter Reads'
        and {{ in_period('requests.started_at') }}
    group by
        requests.originator_key,
        requests.region_key,
        requests.device_profile_key,
        pairs.smets1_applies

),

worded as (

    select
        parties.corporate_group,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as region,
        scheduled.smets1_applies,
        scheduled.request_count,
        scheduled.in_time_count,
        scheduled.pending_count
    from scheduled
    inner join parties
        on scheduled.originator_key = parties.party_key
    inner join regions
        on scheduled.region_key = regions.region_key
    inner join device_profiles
        on scheduled.device_profile_key = device_profiles.device_profile_key

),

final as (

    select
        corporate_group,
        region,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(in_time_count) as bigint) as in_time_count,
        cast(sum(pending_count) as bigint) as pending_count
    from worded
    where {{ is_applicable('region', 'smets1_applies') }}
    group by
        corporate_group,
        region

)

select * from final
