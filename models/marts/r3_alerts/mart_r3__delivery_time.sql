-- Requirement 3: best, worst, mean and median delivery time of the month's alerts, own beside industry; own
-- percentiles.
-- Grain: one row per recipient (party and role) and alert code, or `ALL`, of which it has counted alerts.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

own as (

    select *
    from {{ ref('int_r3__own_months') }}
    where alert_count > 0

),

own_speeds as (

    select * from {{ ref('int_r3__own_speeds') }}

),

industry as (

    select * from {{ ref('int_r3__industry_months') }}

),

industry_speeds as (

    select * from {{ ref('int_r3__industry_speeds') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.alert_code,
        own.delivered_count as own_measured,
        {{ seconds('own_speeds.best_ms') }} as own_best_s,
        {{ seconds('own_speeds.worst_ms') }} as own_worst_s,
        {{ seconds(mean_whole('own_speeds.p01_hundredths_ms', '100')) }} as own_p01_s,
        {{ seconds(mean_whole('own_speeds.p99_hundredths_ms', '100')) }} as own_p99_s,
        {{ seconds(mean_whole('own.delivery_sum_ms', 'own.delivered_count')) }} as own_mean_s,
        {{ seconds(mean_whole('own_speeds.median_doubled_ms', '2')) }} as own_median_s,
        {{ released_extreme(
            tenths_of_seconds('industry_speeds.best_hundredths_ms', '100'), 'industry.delivered', 'industry.is_speed_shown'
        ) }} as industry_best_s,
        {{ released_extreme(
            tenths_of_seconds('industry_speeds.worst_hundredths_ms', '100'), 'industry.delivered', 'industry.is_speed_shown'
        ) }} as industry_worst_s,
        {{ released(
            tenths_of_seconds('industry.delivery_sum_ms', 'industry.delivered_row_count'),
            'industry.delivered',
            'industry.is_speed_shown'
        ) }} as industry_mean_s,
        {{ released(
            tenths_of_seconds('industry_speeds.median_doubled_ms', '2'), 'industry.delivered', 'industry.is_speed_shown'
        ) }} as industry_median_s,
        {{ is_withheld('industry.delivered', 'industry.is_speed_shown') }} as industry_suppressed
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    inner join industry
        on
            own.role = industry.role
            and own.alert_code = industry.alert_code
    left join own_speeds
        on
            own.party_key = own_speeds.party_key
            and own.alert_code = own_speeds.alert_code
    left join industry_speeds
        on
            own.role = industry_speeds.role
            and own.alert_code = industry_speeds.alert_code

)

select * from final
