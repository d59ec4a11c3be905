-- Grain: one row per Device Type, manufacturer, model, firmware and SMETS version that occurs; row 0 is unknown.
with

states as (

    select * from {{ ref('dim_device_states') }}

),

occurring as (

    select distinct
        device_type,
        coalesce(manufacturer, 'Unknown') as device_manufacturer,
        coalesce(model, 'Unknown') as device_model,
        coalesce(firmware_version, 'Unknown') as device_firmware_version,
        smets_version
    from states

),

numbered as (

    select
        row_number() over (
            order by device_type, device_manufacturer, device_model, device_firmware_version, smets_version
        ) as device_profile_key,
        device_type,
        device_manufacturer,
        device_model,
        device_firmware_version,
        smets_version,
        -- Which function of the hub handles its messages.
        case when device_type = 'GPF' then 'GPF' else 'CHF' end as ch_function
    from occurring

    union all

    select
        0 as device_profile_key,
        'Unknown' as device_type,
        'Unknown' as device_manufacturer,
        'Unknown' as device_model,
        'Unknown' as device_firmware_version,
        'Unknown' as smets_version,
        'Unknown' as ch_function

),

final as (

    select
        cast(device_profile_key as integer) as device_profile_key,
        device_type,
        device_manufacturer,
        device_model,
        device_firmware_version,
        smets_version,
        ch_function
    from numbered

)

select * from final
