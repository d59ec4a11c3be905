-- Grain: one row per party (in a role), business process and SRV or `ALL` with measured requests.
with

{% set cell = ['party_key', 'business_process', 'srv'] -%}

-- Each range and each count stands under its SRV, and under `ALL`.
ranges as (

    select
        party_key,
        business_process,
        {{ each_of("[srv, 'ALL']") }} as srv,
        value_range,
        request_count,
        best_ms,
        worst_ms,
        rtt_sum_ms
    from {{ ref('int_r2__rtt_ranges') }}

),

counts as (

    select
        party_key,
        business_process,
        {{ each_of("[srv, 'ALL']") }} as srv,
        round_trip_time_ms,
        request_count
    from {{ ref('int_r2__rtt_counts') }}

),

running as (

    {{ counts_near_quantiles('counts', 'ranges', cell, 'round_trip_time_ms', 'request_count', [50]) }}

),

medians as (

    select
        {{ cell | join(',\n        ') }},
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

),

aggregated as (

    select
        {{ cell | join(',\n        ') }},
        cast(sum(request_count) as bigint) as measured_count,
        min(best_ms) as best_ms,
        max(worst_ms) as worst_ms,
        cast(sum(rtt_sum_ms) as bigint) as rtt_sum_ms
    from ranges
    group by
        {{ cell | join(',\n        ') }}

),

final as (

    select
        aggregated.{{ cell | join(',\n        aggregated.') }},
        aggregated.measured_count,
        aggregated.best_ms,
        aggregated.worst_ms,
        aggregated.rtt_sum_ms,
        medians.median_doubled_ms
    from aggregated
    inner join medians
        on
            aggregated.party_key = medians.party_key
            and aggregated.business_process = medians.business_process
            and aggregated.srv = medians.srv

)

select * from final
