{{ config(group='reporting') }}
-- Device Type by Device Type, summary.csv has as many Devices as devices.csv, and the recipient's shares of a model
-- add up to 1.
with

summary as (

    select
        party_id,
        role,
        device_type,
        sum(device_count) as device_count
    from {{ ref('mart_r1__summary') }}
    group by
        party_id,
        role,
        device_type

),

devices as (

    select
        devices.party_id,
        devices.role,
        device_types.graph_device_type as device_type,
        count(*) as device_count
    from {{ ref('mart_r1__devices') }} as devices
    inner join {{ ref('device_types') }} as device_types
        on devices.device_type = device_types.device_type
    group by
        devices.party_id,
        devices.role,
        device_types.graph_device_type

),

shares as (

    select
        party_id,
        role,
        device_type,
        sum(own_share) as own_share,
        -- Each share may be off by half a millionth.
        0.000001 * count(*) as leeway
    from {{ ref('mart_r1__summary') }}
    group by
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model

),

final as (

    select
        coalesce(summary.party_id, devices.party_id) as party_id,
        coalesce(summary.role, devices.role) as role,
        coalesce(summary.device_type, devices.device_type) as device_type,
        summary.device_count as summary_figure,
        devices.device_count as expected_figure
    from summary
    full outer join devices
        on
            summary.party_id = devices.party_id
            and summary.role = devices.role
            and summary.device_type = devices.device_type
    where summary.device_count is distinct from devices.device_count

    union all

    select
        party_id,
        role,
        device_type,
        own_share as summary_figure,
        1 as expected_figure
    from shares
    where abs(own_share - 1) > leeway

)

select * from final
