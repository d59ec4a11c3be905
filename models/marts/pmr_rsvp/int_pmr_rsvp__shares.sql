-- Grain: one row per measure over requests that are no row of rsvp_monthly.csv, business process, SRV or `ALL`,
-- segment, split, value of it and corporate group.
with

coded as (

    select * from {{ ref('int_pmr_rsvp__requests_by_code') }}

),

requests as (

    select * from {{ ref('int_pmr_rsvp__requests') }}

),

scheduled_reads as (

    select * from {{ ref('int_pmr_rsvp__scheduled_reads') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

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

    union all

    -- Of the measures of the DCC's own, SMETS1 and SMETS2 together besides.
    select
        region,
        'ALL' as segment
    from {{ ref('int_pmr_rsvp__segments') }}
    where segment != 'SMETS2'

),

worded as (

    select
        parties.corporate_group,
        srvs.srv,
        coded.mode_of_operation,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as region,
        {{ counts_by_outcome('coded') }}
    from coded
    inner join srvs
        on coded.srv_key = srvs.srv_key
    inner join parties
        on coded.originator_key = parties.party_key
    inner join regions
        on coded.region_key = regions.region_key
    inner join device_profiles
        on coded.kind_profile_key = device_profiles.device_profile_key

),

measured as (

    -- Of all SRVs, whatever their process: on demand, and future-dated.
    {% for measure, modes in {'CPM1': '2, 3', 'CPM2': '4, 10'}.items() -%}
    select
        '{{ measure }}' as family,
        '' as business_process,
        'ALL' as item,
        region,
        'ALL' as device_type,
        corporate_group,
        request_count,
        in_time_count as part_count,
        in_time_count + late_count + no_response_count as whole_count,
        pending_count
    from worded
    where mode_of_operation in ({{ modes }})

    union all

    {% endfor -%}
    select
        'OMR-B1a' as family,
        'Scheduling' as business_process,
        srv as item,
        region,
        'ALL' as device_type,
        corporate_group,
        request_count,
        responded_success_count as part_count,
        request_count - pending_count as whole_count,
        pending_count
    from worded
    where srv = '5.1'

    union all

    select
        'OMR-B1b' as family,
        'Meter Reads' as business_process,
        'ALL' as item,
        region,
        'ALL' as device_type,
        corporate_group,
        request_count,
        in_time_count as part_count,
        request_count - pending_count as whole_count,
        pending_count
    from scheduled_reads

    union all

    select
        'OMR-B2' as family,
        business_process,
        srv as item,
        segment as region,
        device_type,
        corporate_group,
        request_count,
        responded_success_count as part_count,
        request_count - pending_count as whole_count,
        pending_count
    from requests
    where business_process = 'Meter Reads' and srv = '4.6.1' and mode_of_operation = 2

    union all

    -- The changes of mode together; each by itself is a row of rsvp_monthly.csv.
    select
        'PP2' as family,
        business_process,
        'ALL' as item,
        segment as region,
        device_type,
        corporate_group,
        request_count,
        responded_success_count as part_count,
        request_count - pending_count as whole_count,
        pending_count
    from requests
    where business_process = 'Prepayment' and srv in ('1.6', '2.1')

),

{% set sums -%}
cast(sum(request_count) as bigint) as request_count,
        cast(sum(part_count) as bigint) as part_count,
        cast(sum(whole_count) as bigint) as whole_count,
        cast(sum(pending_count) as bigint) as pending_count
{%- endset -%}

by_region as (

    select
        family,
        business_process,
        item,
        region,
        device_type,
        corporate_group,
        {{ sums }}
    from measured
    group by
        family,
        business_process,
        item,
        region,
        device_type,
        corporate_group

),

by_segment as (

    select
        by_region.family,
        by_region.business_process,
        by_region.item,
        segments.segment,
        by_region.device_type,
        by_region.corporate_group,
        by_region.request_count,
        by_region.part_count,
        by_region.whole_count,
        by_region.pending_count
    from by_region
    inner join segments
        on by_region.region = segments.region
    where segments.segment != 'ALL' or by_region.family in ('CPM1', 'CPM2')

),

final as (

    select
        family,
        business_process,
        item,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        {{ sums }}
    from by_segment
    group by
        family,
        business_process,
        item,
        segment,
        corporate_group

    union all

    select
        family,
        business_process,
        item,
        segment,
        'device_type' as split,
        device_type as split_value,
        corporate_group,
        {{ sums }}
    from by_segment
    where family in ('OMR-B2', 'PP2') and segment in ('SMETS2', 'SMETS1')
    group by
        family,
        business_process,
        item,
        segment,
        device_type,
        corporate_group

)

select * from final
