-- Grain: one row per power outage alert of the month, meter point and instant at which it began.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

final as (

    select distinct
        alerts.mpxn_key,
        alerts.alert_id,
        alerts.alert_start_at
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key and alert_codes.is_power_outage
    where
        alerts.mpxn_key is not null
        and not alerts.is_storm_suppressed
        and {{ in_reporting_month('alerts.alert_start_at') }}

)

select * from final
