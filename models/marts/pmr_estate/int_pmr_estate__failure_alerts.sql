-- Grain: one row per alert that a response could not be delivered (N13), not suppressed, segment and Device Type at its
-- start, and corporate group of a recipient.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

network_operator_alerts as (

    select * from {{ ref('network_operator_alerts') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

failures as (

    select distinct
        alerts.alert_id,
        alerts.device_key,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    inner join network_operator_alerts
        on
            alert_codes.alert_code = network_operator_alerts.alert_code
            and network_operator_alerts.event = 'response_failure'
    inner join parties
        on alerts.destination_key = parties.party_key
    inner join regions
        on alerts.region_key = regions.region_key
    inner join device_profiles
        on alerts.device_profile_key = device_profiles.device_profile_key
    where
        {{ in_period('alerts.alert_start_at') }}
        and not alerts.is_storm_suppressed

),

final as (

    -- An alert to several is one, and a Device with several is one, in each segment and type.
    select
        alert_id,
        segment,
        device_type,
        corporate_group,
        row_number() over (
            partition by alert_id, segment, device_type
            order by corporate_group, device_key
        ) = 1 as is_first_of_alert,
        device_key is not null
        and row_number() over (
            partition by device_key, segment, device_type
            order by alert_id, corporate_group
        ) = 1 as is_first_of_device
    from failures

)

select * from final
