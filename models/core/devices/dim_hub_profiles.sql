-- Grain: one row per manufacturer, model and firmware version of a hub that occurs; row 0 is the unknown hub.
with

states as (

    select * from {{ ref('dim_device_states') }}

),

hubs as (

    select distinct hub_key
    from {{ ref('dim_device_states') }}
    where hub_key is not null

),

occurring as (

    select distinct
        coalesce(states.manufacturer, 'Unknown') as ch_manufacturer,
        coalesce(states.model, 'Unknown') as ch_model,
        coalesce(states.firmware_version, 'Unknown') as ch_firmware_version
    from states
    inner join hubs
        on states.device_key = hubs.hub_key

),

final as (

    select
        cast(row_number() over (order by ch_manufacturer, ch_model, ch_firmware_version) as integer)
            as hub_profile_key,
        ch_manufacturer,
        ch_model,
        ch_firmware_version
    from occurring
    -- A known hub of which nothing is known looks as the unknown one does, and shares its row.
    where not (ch_manufacturer = 'Unknown' and ch_model = 'Unknown' and ch_firmware_version = 'Unknown')

    union all

    select
        0 as hub_profile_key,
        'Unknown' as ch_manufacturer,
        'Unknown' as ch_model,
        'Unknown' as ch_firmware_version

)

select * from final
