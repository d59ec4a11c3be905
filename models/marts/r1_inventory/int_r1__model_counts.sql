-- Grain: one row per party (in a role), Device Type as shown, manufacturer and model of its estate.
with

firmware_counts as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

central_products as (

    select * from {{ ref('dim_central_products') }}

),

newest_firmware as (

    -- As text, the greatest version that may still be installed.
    select
        device_types.graph_device_type as device_type,
        central_products.manufacturer,
        central_products.model,
        max(central_products.firmware_version) as newest_firmware_version
    from central_products
    inner join device_types
        on central_products.device_type = device_types.device_type
    where central_products.status = 'Current'
    group by
        device_types.graph_device_type,
        central_products.manufacturer,
        central_products.model

),

final as (

    select
        firmware_counts.party_key,
        firmware_counts.role,
        firmware_counts.corporate_group,
        firmware_counts.device_type,
        firmware_counts.manufacturer,
        firmware_counts.model,
        newest_firmware.newest_firmware_version,
        cast(sum(firmware_counts.device_count) as bigint) as device_count,
        cast(
            coalesce(
                sum(firmware_counts.device_count) filter (
                    where firmware_counts.firmware_version = newest_firmware.newest_firmware_version
                ),
                0
            ) as bigint
        ) as newest_count
    from firmware_counts
    left join newest_firmware
        on
            firmware_counts.device_type = newest_firmware.device_type
            and firmware_counts.manufacturer = newest_firmware.manufacturer
            and firmware_counts.model = newest_firmware.model
    group by
        firmware_counts.party_key,
        firmware_counts.role,
        firmware_counts.corporate_group,
        firmware_counts.device_type,
        firmware_counts.manufacturer,
        firmware_counts.model,
        newest_firmware.newest_firmware_version

)

select * from final
