-- Grain: one row per role, business process, SRV or `ALL`, day and split: the pool of all parties' requests.
with

own as (

    select * from {{ ref('int_r2__days') }}

),

by_group as (

    select
        role,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        corporate_group,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms
    from own
    group by
        role,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        corporate_group

),

{% set cell = ['role', 'business_process', 'srv', 'day', 'device_type', 'region', 'smets_version'] -%}

final as (

    select
        role,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms,
        {{ disclosure_pool('request_count', 'requests') }},
        {{ disclosure_pool('measured_count', 'measured') }}
    from by_group
    group by
        role,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version

)

select * from final
