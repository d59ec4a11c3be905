{{ config(group='reporting') }}
-- Device Type by Device Type, and for ALL, estate.csv has as many Devices as devices.csv; what has ended or ends is
-- what is flagged there.
with

devices as (

    select
        party_id,
        role,
        {{ each_of(literal_list(['device_type', "'ALL'"])) }} as device_type,
        device_type in ('ESME', 'GSME') as is_meter,
        commissioned_status,
        last_meter_read_at,
        prepayment_flag,
        cpl_expires_within_30_days,
        security_certificate_expires_within_30_days
    from {{ ref('mart_r1__devices') }}

),

expected as (

    select
        party_id,
        role,
        device_type,
        count(*) as devices,
        count(*) filter (where commissioned_status = 'Commissioned') as commissioned,
        count(*) filter (where is_meter and last_meter_read_at is null) as never_read,
        count(*) filter (
            where is_meter
            and (
                last_meter_read_at is null
                or last_meter_read_at < {{ month_end() }} - {{ whole_days(var('unread_days')) }}
            )
        ) as unread,
        count(*) filter (where is_meter) as meters,
        count(prepayment_flag) as payment_modes,
        count(*) filter (where prepayment_flag) as prepayment,
        count(*) filter (where cpl_expires_within_30_days) as cpl,
        count(*) filter (where security_certificate_expires_within_30_days) as certificate
    from devices
    group by
        party_id,
        role,
        device_type

),

estate as (

    select
        party_id,
        role,
        device_type,
        sum(device_count) filter (where measure = 'devices') as devices,
        sum(device_count) filter (where measure = 'commissioned') as commissioned,
        sum(device_count) filter (where measure = 'never_read') as never_read,
        sum(device_count) filter (where measure = 'no_read_in_30_days') as unread,
        sum(of_count) filter (where measure = 'never_read') as meters,
        sum(of_count) filter (where measure = 'prepayment') as payment_modes,
        sum(device_count) filter (where measure = 'prepayment') as prepayment,
        sum(device_count) filter (where measure in ('cpl_ended', 'cpl_ends_within_30_days')) as cpl,
        sum(device_count) filter (where measure in ('certificate_ended', 'certificate_ends_within_30_days'))
            as certificate
    from {{ ref('mart_r1__estate') }}
    group by
        party_id,
        role,
        device_type

)

select
    estate.party_id,
    estate.role,
    estate.device_type
from estate
full outer join expected
    on
        estate.party_id = expected.party_id
        and estate.role = expected.role
        and estate.device_type = expected.device_type
where
    estate.devices is distinct from coalesce(expected.devices, 0)
    or estate.commissioned is distinct from coalesce(expected.commissioned, 0)
    or coalesce(estate.payment_modes, 0) != coalesce(expected.payment_modes, 0)
    or coalesce(estate.prepayment, 0) != coalesce(expected.prepayment, 0)
    or coalesce(estate.cpl, 0) != coalesce(expected.cpl, 0)
    or coalesce(estate.certificate, 0) != coalesce(expected.certificate, 0)
    -- An Other User is told of no reads, and a Device that is no meter has no row of them.
    or (
        coalesce(estate.role, expected.role) != 'OU'
        and (
            coalesce(estate.never_read, 0) != coalesce(expected.never_read, 0)
            or coalesce(estate.unread, 0) != coalesce(expected.unread, 0)
            or coalesce(estate.meters, 0) != coalesce(expected.meters, 0)
        )
    )
