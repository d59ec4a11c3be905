-- Grain: one row per role, business process and SRV or `ALL` with measured requests: all parties' Round Trip Times.
with

{% set cell = ['role', 'business_process', 'srv'] -%}

counts as (

    select
        role,
        business_process,
        srv,
        round_trip_time_ms,
        cast(sum(request_count) as bigint) as request_count
    from {{ ref('int_r2__rtt_counts') }}
    group by
        role,
        business_process,
        srv,
        round_trip_time_ms

    union all

    select
        role,
        business_process,
        'ALL' as srv,
        round_trip_time_ms,
        cast(sum(request_count) as bigint) as request_count
    from {{ ref('int_r2__rtt_counts') }}
    group by
        role,
        business_process,
        round_trip_time_ms

),

running as (

    select
        counts.*,
        {{ running_count(cell, 'round_trip_time_ms', 'request_count') }} as running_count,
        {{ total_count(cell, 'request_count') }} as total_count
    from counts

),

final as (

    select
        role,
        business_process,
        srv,
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 1) }} as best_hundredths_ms,
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 99) }} as worst_hundredths_ms,
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        role,
        business_process,
        srv

)

select * from final
