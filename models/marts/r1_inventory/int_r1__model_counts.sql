-- Grain: one row per party (in a role), Device Type as shown, manufacturer and model of its estate.
with

firmware_counts as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

newest_firmware as (

    select * from {{ ref('int_r1__newest_firmware') }}

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
