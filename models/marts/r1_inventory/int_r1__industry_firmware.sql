-- Grain: one row per role, Device Type as shown, manufacturer, model and firmware version: the pool of the Devices on
-- it in all parties' estates.
with

firmware_counts as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

{% set cell = ['role', 'device_type', 'manufacturer', 'model', 'firmware_version'] -%}

by_group as (

    select
        {{ cell | join(',\n        ') }},
        corporate_group,
        cast(sum(device_count) as bigint) as device_count
    from firmware_counts
    group by
        {{ cell | join(',\n        ') }},
        corporate_group

),

final as (

    select
        {{ cell | join(',\n        ') }},
        {{ disclosure_pool('device_count', 'devices') }}
    from by_group
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
