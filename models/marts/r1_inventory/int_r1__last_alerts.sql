-- Grain: one row per Device and party (in a role) that was sent an alert of it, with the latest such alert up to
-- month end.
with

alerts as (

    select
        device_key,
        destination_key as party_key,
        alert_start_at,
        alert_code_key
    from {{ ref('fct_alerts_coded') }}
    where
        device_key is not null
        and not is_storm_suppressed
        and alert_start_at < {{ month_end() }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

latest as (

    select
        device_key,
        destination_key as party_key,
        max(alert_start_at) as last_alert_at
    from {{ ref('fct_alerts_coded') }}
    where
        device_key is not null
        and not is_storm_suppressed
        and alert_start_at < {{ month_end() }}
    group by
        device_key,
        destination_key

),

final as (

    select
        latest.device_key,
        latest.party_key,
        latest.last_alert_at,
        -- Of several at one instant the greatest code.
        max(alert_codes.alert_code) as last_alert_code
    from latest
    inner join alerts
        on
            latest.device_key = alerts.device_key
            and latest.party_key = alerts.party_key
            and latest.last_alert_at = alerts.alert_start_at
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    group by
        latest.device_key,
        latest.party_key,
        latest.last_alert_at

)

select * from final
