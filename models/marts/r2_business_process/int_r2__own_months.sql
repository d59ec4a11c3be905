-- Grain: one row per party (in a role), business process and SRV, or `ALL` of the process: its figures of the month.
with

volumes as (

    select * from {{ ref('int_r2__volumes') }}

),

by_srv as (

    select
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(target_count) as bigint) as target_count,
        cast(sum(within_target_count) as bigint) as within_target_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms
    from volumes
    group by
        party_key,
        role,
        corporate_group,
        business_process,
        srv

),

by_process as (

    select
        party_key,
        role,
        corporate_group,
        business_process,
        'ALL' as srv,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(target_count) as bigint) as target_count,
        cast(sum(within_target_count) as bigint) as within_target_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms
    from by_srv
    group by
        party_key,
        role,
        corporate_group,
        business_process

),

final as (

    select * from by_srv

    union all

    select * from by_process

)

select * from final
