-- Grain: one row per role and alert code, or `ALL`, with delivered alerts: all parties' delivery times of the month.
with

{% set cell = ['role', 'alert_code'] -%}

-- Each range and each count stands under its code, and under `ALL`.
ranges as (

    select
        role,
        {{ each_of("[alert_code, 'ALL']") }} as alert_code,
        value_range,
        alert_count
    from {{ ref('int_r3__delivery_ranges') }}

),

counts as (

    select
        role,
        {{ each_of("[alert_code, 'ALL']") }} as alert_code,
        delivery_time_ms,
        alert_count
    from {{ ref('int_r3__delivery_counts') }}

),

running as (

    {{ counts_near_quantiles('counts', 'ranges', cell, 'delivery_time_ms', 'alert_count', [1, 50, 99]) }}

),

final as (

    select
        {{ cell | join(',\n        ') }},
        {{ percentile_hundredths('delivery_time_ms', 'running_count', 'total_count', 1) }} as best_hundredths_ms,
        {{ percentile_hundredths('delivery_time_ms', 'running_count', 'total_count', 99) }} as worst_hundredths_ms,
        {{ median_doubled('delivery_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
