-- Grain: one row per party (in a role), alert code and range of delivery times: how many alerts of the month were
-- delivered in such a time, suppressed ones left out.
with

alerts as (

    select * from {{ ref('int_r3__delivered_alerts') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

coded as (

    {{ counts_by_range('alerts', ['party_key', 'alert_code_key'], 'delivery_time_ms') }}

),

final as (

    select
        coded.party_key,
        parties.role,
        coded.alert_code_key,
        alert_codes.alert_code,
        coded.value_range,
        coded.value_count,
        coded.best_ms,
        coded.worst_ms
    from coded
    inner join parties
        on coded.party_key = parties.party_key
    inner join alert_codes
        on coded.alert_code_key = alert_codes.alert_code_key
    where {{ is_reported_alert('parties', 'alert_codes') }}

)

select * from final
