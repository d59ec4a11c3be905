-- Grain: one row per party (in a role), alert code or `ALL`, and day with alerts to it.
with

volumes as (

    select * from {{ ref('int_r3__volumes') }}

),

final as (

    select
        party_key,
        role,
        corporate_group,
        coalesce(alert_code, 'ALL') as alert_code,
        day,
        cast(sum(alert_count) as bigint) as alert_count,
        cast(sum(suppressed_count) as bigint) as suppressed_count,
        cast(sum(delivered_count) as bigint) as delivered_count,
        cast(sum(within_target_count) as bigint) as within_target_count,
        cast(sum(delivery_sum_ms) as bigint) as delivery_sum_ms
    from volumes
    group by grouping sets (
        (party_key, role, corporate_group, alert_code, day),
        (party_key, role, corporate_group, day)
    )

)

select * from final
