-- Grain: one row per party (in a role), alert code and day, of the month's alerts to it, suppressed ones in a count
-- of their own.
with

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

coded as (

    select
        destination_key,
        alert_code_key,
        cast(alert_start_at as date) as day,
        count(*) filter (where not is_storm_suppressed) as alert_count,
        count(*) filter (where is_storm_suppressed) as suppressed_count,
        count(delivery_time_ms) filter (where not is_storm_suppressed) as delivered_count,
        count(*) filter (where not is_storm_suppressed and {{ is_delivered_within_target('alerts') }})
            as within_target_count,
        cast(
            coalesce(sum(delivery_time_ms) filter (where not is_storm_suppressed), 0) as {{ wide_integer() }}
        ) as delivery_sum_ms
    from alerts
    where {{ in_reporting_month('alert_start_at') }}
    group by
        destination_key,
        alert_code_key,
        cast(alert_start_at as date)

),

final as (

    select
        coded.destination_key as party_key,
        parties.role,
        parties.corporate_group,
        alert_codes.alert_code,
        coded.day,
        coded.alert_count,
        coded.suppressed_count,
        coded.delivered_count,
        coded.within_target_count,
        coded.delivery_sum_ms
    from coded
    inner join parties
        on coded.destination_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    where {{ is_reported_alert('parties', 'alert_codes') }}

)

select * from final
