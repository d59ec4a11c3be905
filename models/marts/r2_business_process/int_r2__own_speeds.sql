-- Grain: one row per party (in a role), business process and SRV or `ALL` with measured requests.
with

{% set cell = ['party_key', 'business_process', 'srv'] -%}

counts as (

    select
        party_key,
        business_process,
        srv,
        round_trip_time_ms,
        request_count
    from {{ ref('int_r2__rtt_counts') }}

    union all

    select
        party_key,
        business_process,
        'ALL' as srv,
        round_trip_time_ms,
        cast(sum(request_count) as bigint) as request_count
    from {{ ref('int_r2__rtt_counts') }}
    group by
        party_key,
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
        party_key,
        business_process,
        srv,
        cast(sum(request_count) as bigint) as measured_count,
        min(round_trip_time_ms) as best_ms,
        max(round_trip_time_ms) as worst_ms,
        cast(sum(round_trip_time_ms * request_count) as bigint) as rtt_sum_ms,
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        party_key,
        business_process,
        srv

)

select * from final
