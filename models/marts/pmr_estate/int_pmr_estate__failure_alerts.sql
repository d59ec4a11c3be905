-- Grain: one row per family (the alerts that a response could not be delivered, N13, and the Devices with one), segment
-- and Device Type at the start of the alert, and corporate group: of an alert a recipient's, of a Device its
-- supplier's.
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

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

failures as (

    select
        alerts.alert_id,
        alerts.device_key,
        alerts.alert_start_at,
        alerts.destination_key,
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    inner join network_operator_alerts
        on
            alert_codes.alert_code = network_operator_alerts.alert_code
            and network_operator_alerts.event = 'response_failure'
    inner join regions
        on alerts.region_key = regions.region_key
    inner join device_profiles
        on alerts.device_profile_key = device_profiles.device_profile_key
    where
        {{ in_period('alerts.alert_start_at') }}
        and not alerts.is_storm_suppressed

),

alerts_by_group as (

    select distinct
        failures.alert_id,
        failures.segment,
        failures.device_type,
        parties.corporate_group
    from failures
    inner join parties
        on failures.destination_key = parties.party_key

),

devices_by_group as (

    select distinct
        failures.device_key,
        failures.segment,
        failures.device_type,
        parties.corporate_group
    from failures
    left join device_spells
        on
            failures.device_key = device_spells.device_key
            and {{ valid_at('device_spells', 'failures.alert_start_at') }}
    left join parties
        on {{ supplier_key_of_device('device_spells') }} = parties.party_key
    where failures.device_key is not null

),

numbered as (

    -- An alert to several is one, and a Device with several is one, in each segment and type.
    select
        'EH3:alerts' as family,
        segment,
        device_type,
        corporate_group,
        row_number() over (
            partition by alert_id, segment, device_type
            order by corporate_group
        ) as place
    from alerts_by_group

    union all

    select
        'EH3:devices' as family,
        segment,
        device_type,
        corporate_group,
        row_number() over (
            partition by device_key, segment, device_type
            order by corporate_group nulls last
        ) as place
    from devices_by_group

),

final as (

    -- Of no group is only what is of no other.
    select
        family,
        segment,
        device_type,
        corporate_group,
        count(*) as row_count,
        count(*) filter (where place = 1) as counted
    from numbered
    where place = 1 or corporate_group is not null
    group by
        family,
        segment,
        device_type,
        corporate_group

)

select * from final
