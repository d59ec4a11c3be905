-- Grain: one row per role, Device Type or `ALL` and measure: the pool of the Devices in all parties' estates.
with

estate_figures as (

    -- The share of a type in all Devices is nobody's but the recipient's: it would weigh the types.
    select *
    from {{ ref('int_r1__estate_figures') }}
    where measure != 'devices'

),

by_group as (

    select
        role,
        device_type,
        measure,
        corporate_group,
        cast(sum(device_count) as bigint) as device_count,
        cast(sum(of_count) as bigint) as of_count
    from estate_figures
    group by
        role,
        device_type,
        measure,
        corporate_group

),

final as (

    select
        role,
        device_type,
        measure,
        cast(sum(device_count) as bigint) as device_count,
        {{ disclosure_pool('of_count', 'devices') }}
    from by_group
    group by
        role,
        device_type,
        measure

)

select * from final
