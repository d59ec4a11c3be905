-- Grain: one row per party (in a role), business process, SRV or `ALL`, day with requests, and split (all others `ALL`).
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

final as (

    select
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        day,
        coalesce(device_type, 'ALL') as device_type,
        coalesce(region, 'ALL') as region,
        coalesce(smets_version, 'ALL') as smets_version,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as bigint) as rtt_sum_ms
    from with_process
    group by grouping sets (
        (party_key, role, corporate_group, business_process, srv, day),
        (party_key, role, corporate_group, business_process, srv, day, device_type),
        (party_key, role, corporate_group, business_process, srv, day, region),
        (party_key, role, corporate_group, business_process, srv, day, smets_version)
    )

)

select * from final
