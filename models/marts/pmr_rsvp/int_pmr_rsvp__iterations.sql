-- Grain: one row per business process, segment and corporate group that has a part in iterations.
with

iterations as {{ inlined() }} (

    select * from {{ ref('fct_iterations') }}

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

pairs as (

    select * from {{ ref('dim_table_4_pairs') }}

),

processes as (

    select * from {{ ref('business_processes') }}

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

segments as (

    select * from {{ ref('int_pmr_rsvp__segments') }}

),

roles as (

    select
        party_key,
        corporate_group,
        min(party_key) over (partition by party_id) as first_role_key,
        min(corporate_group) over (partition by party_id) != max(corporate_group) over (partition by party_id)
            as has_several_groups
    from parties

),

by_sender as (

    select
        business_process_number,
        sender_key,
        segment_region_key,
        target_key is not null as has_device,
        count(*) as iteration_count,
        count(*) filter (where has_delivery_failure) as with_delivery_failure_count,
        count(*) filter (where has_failure) as with_failure_count
    from iterations
    group by
        business_process_number,
        sender_key,
        segment_region_key,
        target_key is not null

),

{% set iteration = ['business_process_number', 'sender_key', 'target_key', 'day'] -%}

shared_members as (

    -- A home is of the party in all its roles, and in each of the groups that had a part in it.
    select distinct
        requests.business_process_number,
        roles.first_role_key as sender_key,
        coalesce(requests.hub_key, requests.device_key) as target_key,
        cast(requests.started_at as date) as day,
        roles.corporate_group
    from requests
    inner join roles
        on requests.originator_key = roles.party_key
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and requests.credential_type is not distinct from pairs.credential_type
    inner join regions
        on requests.region_key = regions.region_key
    inner join device_profiles
        on requests.device_profile_key = device_profiles.device_profile_key
    where
        roles.has_several_groups
        and {{ is_applicable(
            segment_of('regions.region', 'device_profiles.smets_version'), 'pairs.smets1_applies'
        ) }}
        and pairs.applies_on = 'commissioning_day'
        and requests.device_key is not null
        and requests.is_counted
        and {{ in_period('requests.started_at') }}

),

pooled as (

    select
        by_sender.business_process_number,
        by_sender.segment_region_key,
        roles.corporate_group,
        by_sender.iteration_count,
        by_sender.with_delivery_failure_count,
        by_sender.with_failure_count,
        not roles.has_several_groups
        or not by_sender.has_device
        or processes.applies_on != 'commissioning_day' as is_of_one_group
    from by_sender
    inner join roles
        on by_sender.sender_key = roles.party_key
    inner join processes
        on by_sender.business_process_number = processes.business_process_number

),

by_group as (

    select
        business_process_number,
        segment_region_key,
        corporate_group,
        iteration_count,
        with_delivery_failure_count,
        with_failure_count,
        case when is_of_one_group then iteration_count else 0 end as pooled_count,
        case when is_of_one_group then with_delivery_failure_count else 0 end as pooled_delivery_failure_count,
        case when is_of_one_group then with_failure_count else 0 end as pooled_failure_count
    from pooled

    union all

    select
        iterations.business_process_number,
        iterations.segment_region_key,
        shared_members.corporate_group,
        0 as iteration_count,
        0 as with_delivery_failure_count,
        0 as with_failure_count,
        1 as pooled_count,
        case when iterations.has_delivery_failure then 1 else 0 end as pooled_delivery_failure_count,
        case when iterations.has_failure then 1 else 0 end as pooled_failure_count
    from shared_members
    inner join iterations
        on {{ is_same_in('shared_members', 'iterations', iteration) }}

),

final as (

    select
        processes.business_process,
        segments.segment,
        by_group.corporate_group,
        cast(sum(by_group.iteration_count) as bigint) as iteration_count,
        cast(sum(by_group.with_delivery_failure_count) as bigint) as with_delivery_failure_count,
        cast(sum(by_group.with_failure_count) as bigint) as with_failure_count,
        cast(sum(by_group.pooled_count) as bigint) as pooled_count,
        cast(sum(by_group.pooled_delivery_failure_count) as bigint) as pooled_delivery_failure_count,
        cast(sum(by_group.pooled_failure_count) as bigint) as pooled_failure_count
    from by_group
    inner join processes
        on by_group.business_process_number = processes.business_process_number
    inner join regions
        on by_group.segment_region_key = regions.region_key
    inner join segments
        on regions.region = segments.region
    group by
        processes.business_process,
        segments.segment,
        by_group.corporate_group

)

select * from final
