-- Grain: one row per role, business process and SRV or `ALL` with measured requests: all parties' Round Trip Times.
with

{% set cell = ['role', 'business_process', 'srv'] -%}

-- Each range and each count stands under its SRV, and under `ALL`.
ranges as (

    select
        role,
        business_process,
        {{ each_of("[srv, 'ALL']") }} as srv,
        value_range,
        request_count
    from {{ ref('int_r2__rtt_ranges') }}

),

counts as (

    select
        role,
        business_process,
        {{ each_of("[srv, 'ALL']") }} as srv,
        round_trip_time_ms,
        request_count
    from {{ ref('int_r2__rtt_counts') }}

),

running as (

    {{ counts_near_quantiles('counts', 'ranges', cell, 'round_trip_time_ms', 'request_count', [1, 50, 99]) }}

),

final as (

    select
        {{ cell | join(',\n        ') }},
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 1) }} as best_hundredths_ms,
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 99) }} as worst_hundredths_ms,
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
