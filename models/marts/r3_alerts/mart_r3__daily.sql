-- Requirement 3: volume, delivery and speed of each day's alerts, own beside industry.
-- Grain: one row per recipient (party and role), alert code or `ALL` of which it has counted alerts in the month, and
-- day of the month.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

own_months as (

    select *
    from {{ ref('int_r3__own_months') }}
    where alert_count > 0

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

own_days as (

    select * from {{ ref('int_r3__own_days') }}

),

industry_months as (

    select * from {{ ref('int_r3__industry_months') }}

),

industry_days as (

    select * from {{ ref('int_r3__industry_days') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own_months.alert_code,
        days.day,
        coalesce(own_days.alert_count, 0) as own_volume,
        {{ share('own_days.delivered_count', 'own_days.alert_count', 6) }} as own_success_rate,
        {{ seconds(mean_whole('own_days.delivery_sum_ms', 'own_days.delivered_count')) }} as own_mean_delivery_s,
        {{ share('own_days.within_target_count', 'own_days.alert_count', 6) }} as own_within_target_rate,
        {{ released_share(
            'industry_days.success_count',
            'industry_days.alerts',
            'industry_months.is_share_shown',
            thousandths_of(var('day_step'))
        ) }} as industry_success_rate,
        {{ released(
            tenths_of_seconds('industry_days.delivery_sum_ms', 'industry_days.delivered_row_count'),
            'industry_days.delivered',
            'industry_months.is_speed_shown'
        ) }} as industry_mean_delivery_s,
        {{ is_share_withheld('industry_days.success_count', 'industry_days.alerts', 'industry_months.is_share_shown') }}
        or {{ is_withheld('industry_days.delivered', 'industry_months.is_speed_shown') }} as industry_suppressed
    from own_months
    inner join obligations
        on own_months.party_key = obligations.party_key
    inner join industry_months
        on
            own_months.role = industry_months.role
            and own_months.alert_code = industry_months.alert_code
    cross join days
    left join own_days
        on
            own_months.party_key = own_days.party_key
            and own_months.alert_code = own_days.alert_code
            and days.day = own_days.day
    left join industry_days
        on
            own_months.role = industry_days.role
            and own_months.alert_code = industry_days.alert_code
            and days.day = industry_days.day

)

select * from final
