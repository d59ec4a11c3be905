-- Grain: one row per party (in a role) and alert code, or `ALL`, with alerts to it in the month.
with

own_days as (

    select * from {{ ref('int_r3__own_days') }}

),

final as (

    select
        party_key,
        role,
        corporate_group,
        alert_code,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(suppressed_count) as bigint) as suppressed_count,
        cast(sum(delivered_count) as bigint) as delivered_count,
        cast(sum(within_target_count) as bigint) as within_target_count,
        cast(sum(delivery_sum_ms) as {{ wide_integer() }}) as delivery_sum_ms
    from own_days
    group by
        party_key,
        role,
        corporate_group,
        alert_code

)

select * from final
