-- Grain: one row per party (in a role), Device Type, manufacturer, model and firmware version of its estate; null where
-- one is not known.
-- The one look through the estates: what else is counted of them is summed from here.
with

estates as (

    select * from {{ ref('int_r1__estates') }}

),

month_end_devices as (

    select * from {{ ref('int_r1__month_end_devices') }}

),

last_meter_reads as (

    select * from {{ ref('int_r1__last_meter_reads') }}

),

devices as (

    -- Read or not once per Device, and not once per party that has it.
    select
        month_end_devices.device_key,
        month_end_devices.device_type,
        month_end_devices.device_status,
        month_end_devices.manufacturer,
        month_end_devices.model,
        month_end_devices.firmware_version,
        month_end_devices.payment_mode,
        month_end_devices.security_certificate_expires_on,
        {{ ending('month_end_devices.security_certificate_expires_on') }} as certificate_ending,
        last_meter_reads.last_meter_read_at
    from month_end_devices
    left join last_meter_reads
        on month_end_devices.device_key = last_meter_reads.device_key

),

told as (

    select
        estates.party_key,
        devices.device_type,
        devices.device_status,
        devices.manufacturer,
        devices.model,
        devices.firmware_version,
        devices.payment_mode,
        devices.security_certificate_expires_on,
        devices.certificate_ending,
        {{ told_of('devices.last_meter_read_at', 'devices.last_meter_read_at', 'estates') }} as last_meter_read_at
    from estates
    inner join devices
        on estates.device_key = devices.device_key

),

final as (

    select
        party_key,
        device_type,
        manufacturer,
        model,
        firmware_version,
        count(*) as device_count,
        count(*) filter (where device_status = 'Commissioned') as commissioned_count,
        count(*) filter (where last_meter_read_at is null) as never_read_count,
        count(*) filter (where {{ is_unread('last_meter_read_at') }}) as unread_count,
        count(payment_mode) as payment_mode_count,
        count(*) filter (where payment_mode = 'Prepayment') as prepayment_count,
        count(*) filter (where certificate_ending = 'ended') as certificate_ended_count,
        count(*) filter (where certificate_ending = 'ending') as certificate_ending_count,
        min(security_certificate_expires_on) filter (where certificate_ending = 'ended')
            as certificate_first_ended_on,
        min(security_certificate_expires_on) filter (where certificate_ending = 'ending')
            as certificate_first_ending_on
    from told
    group by
        party_key,
        device_type,
        manufacturer,
        model,
        firmware_version

)

select * from final
