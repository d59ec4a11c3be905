-- Grain: one row per party (in a role), alert code and delivery time in milliseconds: how many alerts of the month
-- took it, suppressed ones left out.
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

    -- Counted per millisecond first: a median would keep every single value in memory.
    select
        recipient_key,
        alert_code_key,
        delivery_time_ms,
        count(*) as alert_count
    from alerts
    where
        not is_suppressed
        and delivery_time_ms is not null
        and {{ in_reporting_month('alert_start_at') }}
    group by
        recipient_key,
        alert_code_key,
        delivery_time_ms

),

final as (

    select
        coded.recipient_key as party_key,
        parties.role,
        alert_codes.alert_code,
        coded.delivery_time_ms,
        coded.alert_count
    from coded
    inner join parties
        on coded.recipient_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    where {{ is_reported_alert('parties', 'alert_codes') }}

)

select * from final
