-- Grain: one row per family (the alerts of the period, the noisy Devices), segment and Device Type at the end of the
-- period, and corporate group: of an alert its recipient's, of a Device its supplier's.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

devices as (

    select * from {{ ref('int_pmr_estate__month_end_devices') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

by_recipient as (

    select
        device_key,
        destination_key,
        count(*) as alert_count
    from alerts
    where {{ in_period('alert_start_at') }}
    group by
        device_key,
        destination_key

),

noisy_devices as (

    -- Suppressed ones are noise too.
    select device_key
    from by_recipient
    where device_key is not null
    group by device_key
    having sum(alert_count) > {{ var('noisy_alerts') }}

),

placed as (

    select
        by_recipient.destination_key,
        coalesce(devices.device_type, 'Unknown') as device_type,
        coalesce(devices.segment, 'Unknown') as segment,
        sum(by_recipient.alert_count) as alert_count,
        coalesce(sum(by_recipient.alert_count) filter (where noisy_devices.device_key is not null), 0) as noisy_count
    from by_recipient
    left join devices
        on by_recipient.device_key = devices.device_key
    left join noisy_devices
        on by_recipient.device_key = noisy_devices.device_key
    group by
        by_recipient.destination_key,
        coalesce(devices.device_type, 'Unknown'),
        coalesce(devices.segment, 'Unknown')

),

final as (

    select
        'EH4:noisy_alert_share' as family,
        placed.segment,
        placed.device_type,
        parties.corporate_group,
        cast(sum(placed.alert_count) as bigint) as row_count,
        cast(sum(placed.noisy_count) as bigint) as noisy_count
    from placed
    inner join parties
        on placed.destination_key = parties.party_key
    group by
        placed.segment,
        placed.device_type,
        parties.corporate_group

    union all

    select
        'EH4:noisy_devices' as family,
        coalesce(devices.segment, 'Unknown') as segment,
        coalesce(devices.device_type, 'Unknown') as device_type,
        parties.corporate_group,
        count(*) as row_count,
        count(*) as noisy_count
    from noisy_devices
    left join devices
        on noisy_devices.device_key = devices.device_key
    left join parties
        on devices.supplier_key = parties.party_key
    group by
        coalesce(devices.segment, 'Unknown'),
        coalesce(devices.device_type, 'Unknown'),
        parties.corporate_group

)

select * from final
