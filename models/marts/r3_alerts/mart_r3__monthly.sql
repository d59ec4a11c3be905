-- Requirement 3: volume, delivery and speed of the month's alerts, own beside industry.
-- Grain: one row per recipient (party and role) and alert code, or `ALL`, of which it was sent any, be they
-- suppressed.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

own as (

    select * from {{ ref('int_r3__own_months') }}

),

industry as (

    select * from {{ ref('int_r3__industry_months') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.alert_code,
        alert_codes.alert_name,
        own.alert_count as own_volume,
        own.suppressed_count as own_suppressed_volume,
        {{ share('own.delivered_count', 'own.alert_count', 6) }} as own_success_rate,
        {{ seconds(mean_whole('own.delivery_sum_ms', 'own.delivered_count')) }} as own_mean_delivery_s,
        {{ share('own.within_target_count', 'own.alert_count', 6) }} as own_within_target_rate,
        {{ released_share('industry.success_count', 'industry.alerts', 'industry.is_share_shown') }}
            as industry_success_rate,
        {{ released(
            tenths_of_seconds('industry.delivery_sum_ms', 'industry.delivered_row_count'),
            'industry.delivered',
            'industry.is_speed_shown'
        ) }} as industry_mean_delivery_s,
        {{ is_share_withheld('industry.success_count', 'industry.alerts', 'industry.is_share_shown') }}
        or {{ is_withheld('industry.delivered', 'industry.is_speed_shown') }} as industry_suppressed
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    left join industry
        on
            own.role = industry.role
            and own.alert_code = industry.alert_code
    left join alert_codes
        on own.alert_code = alert_codes.alert_code

)

select * from final
