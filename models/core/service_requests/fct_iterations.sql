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

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

smets1_regions as (

    -- The region that stands for SMETS1, where a Device of it is in another.
    select region_key as smets1_region_key
    from regions
    where region = 'SMETS1'

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
            when device_profiles.smets_version = 'SMETS1' then smets1_regions.smets1_region_key
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
    cross join smets1_regions
    where
        requests.is_counted
        and {{ in_period('requests.started_at') }}
        and (
            pairs.smets1_applies
            or not (
                requests.region_key = smets1_regions.smets1_region_key
                or device_profiles.smets_version = 'SMETS1'
            )
        )

),

grouped as (

    select
        {{ iteration | join(',\n        ') }},
        min(segment_region_key) as lowest_region_key,
        max(segment_region_key) as highest_region_key,
        bool_or(is_failure) as has_failure,
        bool_or(is_delivery_failure) as has_delivery_failure
    from placed
    where target_key is not null
    group by
        {{ iteration | join(',\n        ') }}

),

numbered as (

    -- Few are of several segments. Then the first request decides, and only of these they are put in order.
    select
        placed.{{ iteration | join(',\n        placed.') }},
        placed.segment_region_key,
        row_number() over (
            partition by placed.{{ iteration | join(', placed.') }}
            order by placed.started_at, placed.transaction_id
        ) as place
    from placed
    inner join grouped
        on {{ is_same_in('placed', 'grouped', iteration) }}
    where grouped.lowest_region_key != grouped.highest_region_key

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
        coalesce(first_requests.segment_region_key, grouped.lowest_region_key) as segment_region_key,
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
