-- Grain: one row per User (party in a role), day of the reporting month, measure (failed_installs, installs_8_14_1,
-- installs_8_14_2) and Device that it told of; a request without a Device is of one unknown Device.
with

requests as (

    select
        originator_key as party_key,
        requested_on as day,
        device_key,
        meaning,
        {{ reported_install('installation_requests') }} as measure
    from {{ ref('fct_installation_requests') }} as installation_requests
    where {{ in_reporting_month('started_at') }}

),

devices as (

    select
        device_key,
        valid_from,
        valid_to,
        device_type,
        csp_region,
        s1sp,
        smets_version
    from {{ ref('dim_device_states') }}

),

told as (

    select distinct
        party_key,
        day,
        measure,
        device_key,
        meaning
    from requests
    where measure is not null

),

placed as (

    select
        told.party_key,
        told.day,
        told.measure,
        told.device_key,
        -- A hub by what was told of it; a meter by what it was at the end of that day.
        case when told.meaning = 'meter_commissioned' then devices.device_type else 'CHF' end as device_type,
        told.meaning,
        {{ region_of_device('devices') }} as region
    from told
    left join devices
        on
            told.device_key = devices.device_key
            and {{ valid_just_before('devices', end_of_day('told.day')) }}

),

final as (

    select
        party_key,
        day,
        measure,
        device_key,
        device_type,
        region
    from placed
    where meaning != 'meter_commissioned' or device_type in ('ESME', 'GSME')

)

select * from final
