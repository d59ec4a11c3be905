-- Grain: one row per party (in a role), alert code and range of delivery times: how many alerts of the month were
-- delivered in such a time, suppressed ones left out.
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
        recipient_key,
        alert_code_key,
        {{ value_range('delivery_time_ms') }} as value_range,
        count(*) as alert_count,
        min(delivery_time_ms) as best_ms,
        max(delivery_time_ms) as worst_ms
    from alerts
    where
        not is_suppressed
        and delivery_time_ms is not null
        and {{ in_reporting_month('alert_start_at') }}
    group by
        recipient_key,
        alert_code_key,
        {{ value_range('delivery_time_ms') }}

),

final as (

    select
        coded.recipient_key as party_key,
        parties.role,
        coded.alert_code_key,
        alert_codes.alert_code,
        coded.value_range,
        coded.alert_count,
        coded.best_ms,
        coded.worst_ms
    from coded
    inner join parties
        on coded.recipient_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    where {{ is_reported_alert('parties', 'alert_codes') }}

)

select * from final
