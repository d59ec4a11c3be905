-- Grain: one row per role and alert code or `ALL`: the pool of the month's alerts to all parties, suppressed ones left
-- out, and whether its figures are shown.
with

pools as (

    select * from {{ ref('int_r3__industry_pools') }}

),

rests as (

    select * from {{ ref('int_r3__industry_rests') }}

),

final as (

    select
        pools.role,
        pools.alert_code,
        pools.success_count,
        pools.delivery_sum_ms,
        pools.alerts_group_count,
        pools.alerts_row_count,
        pools.alerts_largest_count,
        pools.alerts_second_largest_count,
        pools.delivered_group_count,
        pools.delivered_row_count,
        pools.delivered_largest_count,
        pools.delivered_second_largest_count,
        rests.is_share_shown,
        rests.is_speed_shown
    from pools
    inner join rests
        on
            pools.role = rests.role
            and pools.alert_code = rests.alert_code

)

select * from final
