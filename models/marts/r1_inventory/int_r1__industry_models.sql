-- Grain: one row per role, Device Type as shown, manufacturer and model: the pool of the Devices in all parties'
-- estates.
with

model_counts as (

    select * from {{ ref('int_r1__model_counts') }}

),

by_group as (

    select
        role,
        device_type,
        manufacturer,
        model,
        corporate_group,
        cast(sum(device_count) as bigint) as device_count,
        cast(sum(newest_count) as bigint) as newest_count
    from model_counts
    group by
        role,
        device_type,
        manufacturer,
        model,
        corporate_group

),

final as (

    select
        role,
        device_type,
        manufacturer,
        model,
        cast(sum(newest_count) as bigint) as newest_count,
        {{ disclosure_pool('device_count', 'devices') }}
    from by_group
    group by
        role,
        device_type,
        manufacturer,
        model

)

select * from final
