-- Grain: one row per party (in a role), Device Type as shown, manufacturer, model and firmware version of its estate.
with

estates as (

    select * from {{ ref('int_r1__estates') }}

),

devices as (

    select * from {{ ref('int_r1__month_end_devices') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

counted as (

    select
        estates.party_key,
        devices.device_type,
        coalesce(devices.manufacturer, 'Unknown') as manufacturer,
        coalesce(devices.model, 'Unknown') as model,
        coalesce(devices.firmware_version, 'Unknown') as firmware_version,
        count(*) as device_count
    from estates
    inner join devices
        on estates.device_key = devices.device_key
    group by
        estates.party_key,
        devices.device_type,
        coalesce(devices.manufacturer, 'Unknown'),
        coalesce(devices.model, 'Unknown'),
        coalesce(devices.firmware_version, 'Unknown')

),

final as (

    select
        counted.party_key,
        parties.role,
        parties.corporate_group,
        device_types.graph_device_type as device_type,
        counted.manufacturer,
        counted.model,
        counted.firmware_version,
        cast(sum(counted.device_count) as bigint) as device_count
    from counted
    inner join parties
        on counted.party_key = parties.party_key
    inner join device_types
        on counted.device_type = device_types.device_type
    group by
        counted.party_key,
        parties.role,
        parties.corporate_group,
        device_types.graph_device_type,
        counted.manufacturer,
        counted.model,
        counted.firmware_version

)

select * from final
