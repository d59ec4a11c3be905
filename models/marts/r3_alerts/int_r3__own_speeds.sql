-- Grain: one row per party (in a role) and alert code, or `ALL`, with delivered alerts: its delivery times of the
-- month.
with

{% set cell = ['party_key', 'alert_code'] -%}

counts as (

    select
        party_key,
        alert_code,
        delivery_time_ms,
        alert_count
    from {{ ref('int_r3__delivery_counts') }}

    union all

    select
        party_key,
        'ALL' as alert_code,
        delivery_time_ms,
        cast(sum(alert_count) as bigint) as alert_count
    from {{ ref('int_r3__delivery_counts') }}
    group by
        party_key,
        delivery_time_ms

),

running as (

    {{ counts_near_quantiles('counts', cell, 'delivery_time_ms', 'alert_count', [50]) }}

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
        min(delivery_time_ms) as best_ms,
        max(delivery_time_ms) as worst_ms
    from counts
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
