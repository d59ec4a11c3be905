-- Grain: one row per corporate group, business process, SRV, segment, Device Type, Target Response Time, mode of
-- operation and way of delivery, over the requests that the figures of a process count.
with

coded as (

    select * from {{ ref('int_pmr_rsvp__requests_by_code') }}

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

worded as (

    select
        parties.corporate_group,
        pairs.business_process,
        pairs.srv,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        {{ reported_device_type('pairs', 'device_profiles.device_type') }} as device_type,
        coded.trt_s,
        coded.mode_of_operation,
        coded.is_local_delivery,
        pairs.smets1_applies,
        {{ counts_by_outcome('coded') }}
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
        on coded.kind_profile_key = device_profiles.device_profile_key

),

final as (

    select
        corporate_group,
        business_process,
        srv,
        segment,
        device_type,
        trt_s,
        mode_of_operation,
        is_local_delivery,
        {{ request_sums() }}
    from worded
    where {{ is_applicable('segment', 'smets1_applies') }}
    group by
        corporate_group,
        business_process,
        srv,
        segment,
        device_type,
        trt_s,
        mode_of_operation,
        is_local_delivery

)

select * from final
