-- Grain: one row per alert and recipient of which the stages are timed (seed timed_alerts) and logged: how long each
-- took.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

timed_alerts as (

    select * from {{ ref('timed_alerts') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

timings as (

    select * from {{ ref('stg_power_outage_timings') }}

),

timed_codes as (

    select alert_codes.alert_code_key
    from alert_codes
    inner join timed_alerts
        on alert_codes.alert_code = timed_alerts.alert_code

),

final as (

    -- A stage that seems to end before it began took no time.
    select
        alerts.alert_id,
        alerts.destination_key,
        alerts.alert_code_key,
        alerts.alert_start_at,
        alerts.is_storm_suppressed,
        {{ stage_lengths('timings') }}
    from timings
    inner join parties
        on
            timings.destination_party_id = parties.party_id
            and timings.destination_role = parties.role
    inner join alerts
        on
            timings.alert_id = alerts.alert_id
            and parties.party_key = alerts.destination_key
    inner join timed_codes
        on alerts.alert_code_key = timed_codes.alert_code_key

)

select * from final
