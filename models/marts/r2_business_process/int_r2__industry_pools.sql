-- Grain: one row per role, business process and SRV or `ALL`: the pool of all parties' requests of the month.
with

own as (

    select * from {{ ref('int_r2__own_months') }}

),

by_group as (

    select
        role,
        business_process,
        srv,
        corporate_group,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms
    from own
    group by
        role,
        business_process,
        srv,
        corporate_group

),

final as (

    select
        role,
        business_process,
        srv,
        cast(sum(success_count) as bigint) as success_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms,
        {{ disclosure_pool('request_count', 'requests') }},
        {{ disclosure_pool('measured_count', 'measured') }}
    from by_group
    group by
        role,
        business_process,
        srv

)

select * from final
