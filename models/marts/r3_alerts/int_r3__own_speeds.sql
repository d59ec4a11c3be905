-- Grain: one row per party (in a role) and alert code, or `ALL`, with delivered alerts: its delivery times of the
-- month.
with

{% set cell = ['party_key', 'alert_code'] -%}

-- Each range and each count stands under its code, and under `ALL`.
ranges as (

    select
        party_key,
        {{ each_of("[alert_code, 'ALL']") }} as alert_code,
        value_range,
        alert_count,
        best_ms,
        worst_ms
    from {{ ref('int_r3__delivery_ranges') }}

),

counts as (

    select
        party_key,
        {{ each_of("[alert_code, 'ALL']") }} as alert_code,
        delivery_time_ms,
        alert_count
    from {{ ref('int_r3__delivery_counts') }}

),

running as (

    {{ counts_near_quantiles('counts', 'ranges', cell, 'delivery_time_ms', 'alert_count', [50]) }}

),

medians as (

    select
        {{ cell | join(',\n        ') }},
        {{ median_doubled('delivery_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

),

aggregated as (

    select
        {{ cell | join(',\n        ') }},
        min(best_ms) as best_ms,
        max(worst_ms) as worst_ms
    from ranges
    group by
        {{ cell | join(',\n        ') }}

),

final as (

    select
        aggregated.{{ cell | join(',\n        aggregated.') }},
        aggregated.best_ms,
        aggregated.worst_ms,
        medians.median_doubled_ms
    from aggregated
    inner join medians
        on
            aggregated.party_key = medians.party_key
            and aggregated.alert_code = medians.alert_code

)

select * from final
