-- Grain: one row: the month's requests that are in no figure of a process, because SMETS1 has none of their SRV.
with

coded as (

    select * from {{ ref('int_pmr_rsvp__requests_by_code') }}

),

pairs as (

    select * from {{ ref('dim_table_4_pairs') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

placed as (

    select
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        pairs.smets1_applies,
        coded.request_count
    from coded
    inner join pairs
        on
            coded.business_process_number = pairs.business_process_number
            and coded.srv_key = pairs.srv_key
            and coded.credential_type is not distinct from pairs.credential_type
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.kind_profile_key = device_profiles.device_profile_key

),

final as (

    select cast(coalesce(sum(request_count), 0) as bigint) as request_count
    from placed
    where not {{ is_applicable('segment', 'smets1_applies') }}

)

select * from final
