-- Grain: one row per role, business process and SRV or `ALL`: the pool of all parties' requests of the month, whether
-- its figures are shown, and how they are rounded.
with

pools as (

    select * from {{ ref('int_r2__industry_pools') }}

),

rests as (

    select * from {{ ref('int_r2__industry_rests') }}

),

steps as (

    select * from {{ ref('int_r2__industry_steps') }}

),

final as (

    select
        pools.role,
        pools.business_process,
        pools.srv,
        pools.success_count,
        pools.rtt_sum_ms,
        pools.requests_group_count,
        pools.requests_row_count,
        pools.requests_largest_count,
        pools.requests_second_largest_count,
        pools.measured_group_count,
        pools.measured_row_count,
        pools.measured_largest_count,
        pools.measured_second_largest_count,
        rests.is_share_shown,
        rests.is_speed_shown,
        steps.share_step
    from pools
    inner join rests
        on
            pools.role = rests.role
            and pools.business_process = rests.business_process
            and pools.srv = rests.srv
    inner join steps
        on
            pools.business_process = steps.business_process
            and pools.srv = steps.srv

)

select * from final
