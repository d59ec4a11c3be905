-- Grain: one row per role, Device Type as shown, manufacturer and model: the pool of the Devices on the firmware
-- versions whose industry share is withheld.
with

firmware_counts as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

industry_firmware as (

    select * from {{ ref('int_r1__industry_firmware') }}

),

industry_models as (

    select * from {{ ref('int_r1__industry_models') }}

),

versions as (

    select
        industry_firmware.role,
        industry_firmware.device_type,
        industry_firmware.manufacturer,
        industry_firmware.model,
        industry_firmware.firmware_version,
        {{ is_part_released('industry_firmware.devices', 'industry_models.devices') }} as is_version_released
    from industry_firmware
    inner join industry_models
        on
            industry_firmware.role = industry_models.role
            and industry_firmware.device_type = industry_models.device_type
            and industry_firmware.manufacturer = industry_models.manufacturer
            and industry_firmware.model = industry_models.model

),

by_group as (

    select
        firmware_counts.role,
        firmware_counts.device_type,
        firmware_counts.manufacturer,
        firmware_counts.model,
        firmware_counts.corporate_group,
        {{ rest_rows('firmware_counts.device_count', 'versions.is_version_released') }} as rest_count
    from firmware_counts
    inner join versions
        on
            firmware_counts.role = versions.role
            and firmware_counts.device_type = versions.device_type
            and firmware_counts.manufacturer = versions.manufacturer
            and firmware_counts.model = versions.model
            and firmware_counts.firmware_version = versions.firmware_version
    group by
        firmware_counts.role,
        firmware_counts.device_type,
        firmware_counts.manufacturer,
        firmware_counts.model,
        firmware_counts.corporate_group

),

final as (

    select
        role,
        device_type,
        manufacturer,
        model,
        {{ disclosure_pool('rest_count', 'rest') }}
    from by_group
    group by
        role,
        device_type,
        manufacturer,
        model

)

select * from final
