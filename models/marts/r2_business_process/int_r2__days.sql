-- Grain: one row per party (in a role), business process, SRV or `ALL`, day with requests, and split (or `ALL`).
with

volumes as (

    select * from {{ ref('int_r2__volumes') }}

),

with_process as (

    select
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        request_count,
        success_count,
        measured_count,
        rtt_sum_ms
    from {{ ref('int_r2__volumes') }}

    union all

    select
        party_key,
        role,
        corporate_group,
        business_process,
        'ALL' as srv,
        day,
        device_type,
        region,
        smets_version,
        sum(request_count) as request_count,
        sum(success_count) as success_count,
        sum(measured_count) as measured_count,
        sum(rtt_sum_ms) as rtt_sum_ms
    from volumes
    group by
        party_key,
        role,
        corporate_group,
        business_process,
        day,
        device_type,
        region,
        smets_version

),

{% set own_cell = ['party_key', 'role', 'corporate_group', 'business_process', 'srv', 'day'] -%}

splits as (

    -- All requests of the day, and those of one value of one dimension at a time.
    {% for split in ['none', 'device_type', 'region', 'smets_version'] -%}
    {{ 'union all' if not loop.first }}
    select
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        day,
        {% for dimension in ['device_type', 'region', 'smets_version'] -%}
        {{ 'with_process.' ~ dimension if dimension == split else "'ALL'" }} as {{ dimension }},
        {% endfor -%}
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms
    from with_process
    group by {{ (own_cell + ([] if split == 'none' else ['with_process.' ~ split])) | join(', ') }}
    {% endfor %}

),

final as (

    select * from splits

)

select * from final
