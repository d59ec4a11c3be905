-- Grain: one row per Device Type, model and firmware version that the recipient has, from its Devices.
with

recipient as (

    select * from release.recipient

),

final as (

    select
        devices.device_type,
        -- Called as in summary.csv.
        coalesce(devices.device_model, 'Unknown') as device_model,
        coalesce(devices.firmware_version, 'Unknown') as firmware_version,
        count(*) as device_count,
        count(*) filter (where devices.cpl_expires_within_30_days) as cpl_count,
        count(*) filter (where devices.security_certificate_expires_within_30_days) as certificate_count,
        count(*) filter (
            where devices.cpl_expires_within_30_days or devices.security_certificate_expires_within_30_days
        ) as ending_count,
        count(*) filter (where devices.last_meter_read_at is null) as never_read_count,
        -- Instants of the CSVs are text that sorts by time.
        count(*) filter (
            where
            devices.last_meter_read_at is null
            or devices.last_meter_read_at < strftime(recipient.last_day - interval 29 day, '%Y-%m-%dT00:00:00Z')
        ) as unread_count,
        -- A Device with several reasons is one.
        count(*) filter (
            where
            devices.cpl_expires_within_30_days
            or devices.security_certificate_expires_within_30_days
            or devices.last_meter_read_at is null
            or devices.last_meter_read_at < strftime(recipient.last_day - interval 29 day, '%Y-%m-%dT00:00:00Z')
        ) as ending_or_unread_count
    from devices
    cross join recipient
    group by
        devices.device_type,
        coalesce(devices.device_model, 'Unknown'),
        coalesce(devices.firmware_version, 'Unknown')

)

select * from final
order by
    device_type,
    device_model,
    firmware_version
