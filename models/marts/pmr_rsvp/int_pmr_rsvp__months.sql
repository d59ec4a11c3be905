-- Grain: one row per corporate group, business process, SRV or `ALL`, segment, split and value of it with requests.
with

requests as (

    select * from {{ ref('int_pmr_rsvp__requests') }}

),

segments as (

    select * from {{ ref('int_pmr_rsvp__segments') }}

),

{% set cell = ['corporate_group', 'business_process', 'srv', 'segment', 'split', 'split_value'] -%}

by_type_and_class as (

    -- First, so that the words of a group are looked at once and not once per split.
    select
        requests.corporate_group,
        requests.business_process,
        requests.srv,
        segments.segment,
        requests.device_type,
        requests.trt_s,
        {{ request_sums() }}
    from requests
    inner join segments
        on requests.segment = segments.region
    group by
        requests.corporate_group,
        requests.business_process,
        requests.srv,
        segments.segment,
        requests.device_type,
        requests.trt_s

),

by_srv as (

    select
        corporate_group,
        business_process,
        {{ each_of(literal_list(['srv', "'ALL'"])) }} as srv,
        segment,
        device_type,
        trt_s,
        {{ (request_counts() + request_times()) | join(',\n        ') }}
    from by_type_and_class

),

splits as (

    select
        corporate_group,
        business_process,
        srv,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        {{ (request_counts() + request_times()) | join(',\n        ') }}
    from by_srv

    union all

    -- Of one SRV for the measure that is of it alone.
    select
        corporate_group,
        business_process,
        srv,
        segment,
        'device_type' as split,
        device_type as split_value,
        {{ (request_counts() + request_times()) | join(',\n        ') }}
    from by_srv
    where (srv = 'ALL' and segment in ('SMETS2', 'SMETS1')) or (srv = '{{ activation_srv() }}' and segment = 'SMETS2')

    union all

    select
        corporate_group,
        business_process,
        srv,
        segment,
        'sla_s' as split,
        coalesce(cast(trt_s as string), 'None') as split_value,
        {{ (request_counts() + request_times()) | join(',\n        ') }}
    from by_srv
    where srv = 'ALL' and segment in ('SMETS2', 'SMETS1')

),

final as (

    select
        {{ cell | join(',\n        ') }},
        {{ request_sums() }}
    from splits
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
