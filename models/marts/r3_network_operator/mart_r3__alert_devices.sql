-- Requirement 3, network operators: on which Devices responses and validations fail.
-- Grain: one row per recipient (party and role), alert code, Device Type, manufacturer, model and firmware version.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

events as (

    select *
    from {{ ref('network_operator_alerts') }}
    where event in ('response_failure', 'validation_failure')

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        alert_codes.alert_code,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        count(*) as alert_count
    from alerts
    inner join obligations
        on alerts.destination_key = obligations.party_key
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    inner join events
        on alert_codes.alert_code = events.alert_code
    inner join device_profiles
        on alerts.device_profile_key = device_profiles.device_profile_key
    where
        not alerts.is_storm_suppressed
        and {{ in_reporting_month('alerts.alert_start_at') }}
    group by
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        alert_codes.alert_code,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version

)

select * from final
