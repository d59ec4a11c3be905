-- Grain: one row per party (in a role), alert code and delivery time in milliseconds, of those ranges of delivery
-- times that a median or percentile lies in: how many alerts of the month took it, suppressed ones left out.
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

ranges as (

    -- Each under its code, and under `ALL`.
    select
        party_key,
        role,
        alert_code_key,
        {{ each_of("[alert_code, 'ALL']") }} as alert_code,
        value_range,
        alert_count
    from {{ ref('int_r3__delivery_ranges') }}

),

own_ranges as (

    {{ ranges_near_quantiles('ranges', ['party_key', 'alert_code'], 'alert_count', [50]) }}

),

industry_ranges as (

    {{ ranges_near_quantiles('ranges', ['role', 'alert_code'], 'alert_count', [1, 50, 99]) }}

),

near_ranges as (

    select
        ranges.party_key,
        ranges.alert_code_key,
        ranges.value_range
    from ranges
    inner join own_ranges
        on
            ranges.party_key = own_ranges.party_key
            and ranges.alert_code = own_ranges.alert_code
            and ranges.value_range = own_ranges.value_range

    union

    select
        ranges.party_key,
        ranges.alert_code_key,
        ranges.value_range
    from ranges
    inner join industry_ranges
        on
            ranges.role = industry_ranges.role
            and ranges.alert_code = industry_ranges.alert_code
            and ranges.value_range = industry_ranges.value_range

),

coded as (

    select
        alerts.recipient_key,
        alerts.alert_code_key,
        alerts.delivery_time_ms,
        count(*) as alert_count
    from alerts
    inner join near_ranges
        on
            alerts.recipient_key = near_ranges.party_key
            and alerts.alert_code_key = near_ranges.alert_code_key
            and {{ value_range('alerts.delivery_time_ms') }} = near_ranges.value_range
    where
        not alerts.is_suppressed
        and {{ in_reporting_month('alerts.alert_start_at') }}
    group by
        alerts.recipient_key,
        alerts.alert_code_key,
        alerts.delivery_time_ms

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

)

select * from final
