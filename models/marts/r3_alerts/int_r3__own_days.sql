-- Grain: one row per party (in a role), alert code or `ALL`, and day with alerts to it.
with

by_code as (

    select
        party_key,
        role,
        corporate_group,
        alert_code,
        day,
        alert_count,
        suppressed_count,
        delivered_count,
        within_target_count,
        delivery_sum_ms
    from {{ ref('int_r3__volumes') }}

),

all_codes as (

    select
        party_key,
        role,
        corporate_group,
        'ALL' as alert_code,
        day,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(suppressed_count) as bigint) as suppressed_count,
        cast(sum(delivered_count) as bigint) as delivered_count,
        cast(sum(within_target_count) as bigint) as within_target_count,
        cast(sum(delivery_sum_ms) as {{ wide_integer() }}) as delivery_sum_ms
    from {{ ref('int_r3__volumes') }}
    group by
        party_key,
        role,
        corporate_group,
        day

),

final as (

    select * from by_code

    union all

    select * from all_codes

)

select * from final
