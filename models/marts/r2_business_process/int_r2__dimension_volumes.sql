-- Grain: one row per party (in a role), business process, SRV or `ALL`, dimension and value of it.
with

figures as (

    select *
    from {{ ref('int_r2__srv_figures') }}
    where business_process_number is not null

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

hub_profiles as (

    select * from {{ ref('dim_hub_profiles') }}

),

{% set cell = ['party_key', 'business_process_number', 'srv_key', 'credential_type'] -%}
{% set described = {
    'hub_profiles': ('hub_profile_key', ['ch_manufacturer', 'ch_model', 'ch_firmware_version']),
    'device_profiles': ('device_profile_key', [
        'device_type', 'device_manufacturer', 'device_model', 'device_firmware_version', 'smets_version',
    ]),
    'regions': ('region_key', ['region']),
} -%}

-- By code first: the words of a profile are looked up once per cell that has it, and not once per row of the figures.
{% for key in (described.values() | map('first') | list) + ['trt_s'] -%}

by_{{ key }} as (

    select
        {{ (cell + [key]) | join(',\n        ') }},
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(request_count) filter (where is_success) as bigint) as success_count
    from figures
    group by
        {{ (cell + [key]) | join(',\n        ') }}

),

{% endfor -%}

valued as (

    {% for relation, (key, dimensions) in described.items() -%}
    {% for dimension in dimensions -%}
    select
        by_{{ key }}.{{ cell | join(',\n        by_' ~ key ~ '.') }},
        '{{ dimension }}' as dimension,
        {{ relation }}.{{ dimension }} as value,
        by_{{ key }}.request_count,
        by_{{ key }}.success_count
    from by_{{ key }}
    inner join {{ relation }}
        on by_{{ key }}.{{ key }} = {{ relation }}.{{ key }}

    union all

    {% endfor -%}
    {% endfor -%}
    select
        {{ cell | join(',\n        ') }},
        'trt_s' as dimension,
        cast(trt_s as string) as value,
        request_count,
        success_count
    from by_trt_s

),

by_srv as (

    select
        {{ cell | join(',\n        ') }},
        dimension,
        value,
        cast(sum(request_count) as bigint) as request_count,
        cast(coalesce(sum(success_count), 0) as bigint) as success_count
    from valued
    group by
        {{ cell | join(',\n        ') }},
        dimension,
        value

),

by_process as (

    select
        party_key,
        business_process_number,
        dimension,
        value,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count
    from by_srv
    group by
        party_key,
        business_process_number,
        dimension,
        value

),

named as (

    select
        by_srv.party_key,
        by_srv.business_process_number,
        {{ process_srv('srvs.srv', 'by_srv.credential_type') }} as srv,
        by_srv.dimension,
        by_srv.value,
        by_srv.request_count,
        by_srv.success_count
    from by_srv
    inner join srvs
        on by_srv.srv_key = srvs.srv_key

    union all

    select
        party_key,
        business_process_number,
        'ALL' as srv,
        dimension,
        value,
        request_count,
        success_count
    from by_process

),

final as (

    select
        named.party_key,
        parties.role,
        parties.corporate_group,
        processes.business_process,
        named.srv,
        named.dimension,
        named.value,
        named.request_count,
        named.success_count
    from named
    inner join parties
        on named.party_key = parties.party_key
    inner join processes
        on named.business_process_number = processes.business_process_number
    -- A region names an Electricity Distributor.
    where not (parties.role = 'ED' and named.dimension = 'region')

)

select * from final
