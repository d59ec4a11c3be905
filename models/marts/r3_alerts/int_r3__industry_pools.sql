-- Grain: one row per role, alert code or `ALL`: the pool of the alerts to all parties, suppressed ones left out.
with

own as (

    select * from {{ ref('int_r3__own_months') }}

),

{% set cell = ['role', 'alert_code'] -%}

by_group as (

    select
        {{ cell | join(',\n        ') }},
        corporate_group,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(delivered_count) as bigint) as delivered_count,
        cast(sum(delivery_sum_ms) as {{ wide_integer() }}) as delivery_sum_ms
    from own
    group by
        {{ cell | join(',\n        ') }},
        corporate_group

),

final as (

    select
        {{ cell | join(',\n        ') }},
        cast(sum(delivered_count) as bigint) as success_count,
        cast(sum(delivery_sum_ms) as {{ wide_integer() }}) as delivery_sum_ms,
        {{ disclosure_pool('alert_count', 'alerts') }},
        {{ disclosure_pool('delivered_count', 'delivered') }}
    from by_group
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
