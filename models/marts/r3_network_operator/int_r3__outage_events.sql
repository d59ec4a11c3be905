-- Grain: one row per alert to a network operator, of any date, that an outage began or that supply was restored.
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
    where event in ('outage', 'restoration', 'restoration_after_long_outage')

),

final as (

    select
        alerts.destination_key as party_key,
        alerts.alert_id,
        alerts.alert_start_at,
        alerts.mpxn_key,
        alerts.device_key,
        alert_codes.alert_code,
        events.event
    from alerts
    inner join obligations
        on alerts.destination_key = obligations.party_key
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    inner join events
        on alert_codes.alert_code = events.alert_code

)

select * from final
