-- Grain: one row per cell of measure A1 that has its place whether there were alerts or not (family, item, segment,
-- split, split_value).
with

segments as (

    -- At ALL the alerts are shown whole.
    select segment
    from {{ ref('segments') }}
    where segment != 'ALL'

),

device_types as (

    select device_type
    from {{ ref('device_types') }}

    union all

    select 'Unknown' as device_type

),

final as (

    select
        'A1' as family,
        '{{ alerts_process() }}' as business_process,
        'ALL' as item,
        segment,
        'ALL' as split,
        'ALL' as split_value
    from segments

    union all

    select
        'A1' as family,
        '{{ alerts_process() }}' as business_process,
        'ALL' as item,
        segments.segment,
        'device_type' as split,
        device_types.device_type as split_value
    from segments
    cross join device_types
    where segments.segment in ('SMETS2', 'SMETS1')

)

select * from final
