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

    select
        counts.*,
        {{ running_count(cell, 'delivery_time_ms', 'alert_count') }} as running_count,
        {{ total_count(cell, 'alert_count') }} as total_count
    from counts

),

final as (

    select
        {{ cell | join(',\n        ') }},
        min(delivery_time_ms) as best_ms,
        max(delivery_time_ms) as worst_ms,
        {{ median_doubled('delivery_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
