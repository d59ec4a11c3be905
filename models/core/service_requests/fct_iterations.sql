-- Grain: one row per iteration of a business process: what one sender asked of one Device on one day of the period.
with

requests as {{ inlined() }} (

    select * from {{ ref('fct_service_requests_coded') }}

),

pairs as {{ inlined() }} (

    select * from {{ ref('dim_table_4_pairs') }}

),

parties as (

    select
        dim_parties.party_key,
        -- One number for the party in all its roles.
        min(dim_parties.party_key) over (partition by dim_parties.party_id) as first_role_key
    from {{ ref('dim_parties') }} as dim_parties

),

regions as (

    select
        dim_regions.region_key,
        dim_regions.region,
        -- The region that stands for SMETS1, where a Device of it is in another.
        max(case when dim_regions.region = 'SMETS1' then dim_regions.region_key end) over () as smets1_region_key
    from {{ ref('dim_regions') }} as dim_regions

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

{% set iteration = ['business_process_number', 'sender_key', 'target_key', 'day'] -%}

{% set is_of_a_home -%}
pairs.applies_on = 'commissioning_day' and requests.device_key is not null
{%- endset -%}

placed as {{ inlined() }} (

    -- The hub stands for all Devices of a home that is installed, and the party for all its roles.
    select
        requests.transaction_id,
        requests.started_at,
        requests.business_process_number,
        case
            when {{ is_of_a_home }} then parties.first_role_key else requests.originator_key
        end as sender_key,
        case
            when {{ is_of_a_home }} then coalesce(requests.hub_key, requests.device_key) else requests.device_key
        end as target_key,
        cast(requests.started_at as date) as day,
        case
            when device_profiles.smets_version = 'SMETS1' then regions.smets1_region_key
            else requests.region_key
        end as segment_region_key,
        not requests.is_success and not {{ is_pending('requests') }} as is_failure,
        requests.is_delivery_failure and not {{ is_pending('requests') }} as is_delivery_failure
    from requests
    inner join pairs
        on
            requests.business_process_number = pairs.business_process_number
            and requests.srv_key = pairs.srv_key
            and requests.credential_type is not distinct from pairs.credential_type
    inner join parties
        on requests.originator_key = parties.party_key
    inner join device_profiles
        on requests.device_profile_key = device_profiles.device_profile_key
    inner join regions
        on requests.region_key = regions.region_key
    where
        requests.is_counted
        and {{ in_period('requests.started_at') }}
        and {{ is_applicable(
            segment_of('regions.region', 'device_profiles.smets_version'), 'pairs.smets1_applies'
        ) }}

),

grouped as (

    -- The first request decides the segment. An instant and a region, of which there are fewer than 16, are one number:
    -- the least has the least region of the first instant, and what is left of the other the greatest.
    select
        {{ iteration | join(',\n        ') }},
        min(({{ epoch_us('started_at') }}) * 16 + segment_region_key) as first_lowest,
        min(({{ epoch_us('started_at') }}) * 16 + 15 - segment_region_key) as first_highest,
        bool_or(is_failure) as has_failure,
        bool_or(is_delivery_failure) as has_delivery_failure
    from placed
    where target_key is not null
    group by
        {{ iteration | join(',\n        ') }}

),

tied as (

    -- Hardly ever: requests of several segments at the first instant.
    select {{ iteration | join(', ') }}
    from grouped
    where first_lowest % 16 != 15 - first_highest % 16

),

numbered as (

    select
        placed.{{ iteration | join(',\n        placed.') }},
        placed.segment_region_key,
        row_number() over (
            partition by placed.{{ iteration | join(', placed.') }}
            order by placed.started_at, placed.transaction_id
        ) as place
    from placed
    inner join tied
        on {{ is_same_in('placed', 'tied', iteration) }}

),

first_requests as (

    select
        {{ iteration | join(',\n        ') }},
        segment_region_key
    from numbered
    where place = 1

),

final as (

    select
        grouped.{{ iteration | join(',\n        grouped.') }},
        coalesce(first_requests.segment_region_key, cast(grouped.first_lowest % 16 as tinyint)) as segment_region_key,
        grouped.has_failure,
        grouped.has_delivery_failure
    from grouped
    left join first_requests
        on {{ is_same_in('grouped', 'first_requests', iteration) }}

    union all

    -- Without a Device each request is one by itself.
    select
        {{ iteration | join(',\n        ') }},
        segment_region_key,
        is_failure as has_failure,
        is_delivery_failure as has_delivery_failure
    from placed
    where target_key is null

)

select * from final
