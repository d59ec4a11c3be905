-- Requirement 2: best, worst, mean and median Round Trip Time of the month, own beside industry; own percentiles, and
-- how many requests were answered within their target.
-- Grain: one row per recipient (party and role), business process and SRV, or `ALL` of the process.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

own as (

    select * from {{ ref('int_r2__own_months') }}

),

own_speeds as (

    select * from {{ ref('int_r2__own_speeds') }}

),

industry as (

    select * from {{ ref('int_r2__industry_months') }}

),

industry_speeds as (

    select * from {{ ref('int_r2__industry_speeds') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.business_process,
        own.srv,
        own.measured_count as own_measured,
        {{ seconds('own_speeds.best_ms') }} as own_best_s,
        {{ seconds('own_speeds.worst_ms') }} as own_worst_s,
        {{ seconds(mean_whole('own_speeds.p01_hundredths_ms', '100')) }} as own_p01_s,
        {{ seconds(mean_whole('own_speeds.p99_hundredths_ms', '100')) }} as own_p99_s,
        {{ seconds(mean_whole('own.rtt_sum_ms', 'own.measured_count')) }} as own_mean_s,
        {{ seconds(mean_whole('own_speeds.median_doubled_ms', '2')) }} as own_median_s,
        {{ share('own.within_target_count', 'own.target_count', 6) }} as own_within_target_rate,
        {{ released_extreme(
            tenths_of_seconds('industry_speeds.best_hundredths_ms', '100'), 'industry.measured', 'industry.is_speed_shown'
        ) }} as industry_best_s,
        {{ released_extreme(
            tenths_of_seconds('industry_speeds.worst_hundredths_ms', '100'), 'industry.measured', 'industry.is_speed_shown'
        ) }} as industry_worst_s,
        {{ released(
            mean_beside_a_rest('industry.rtt_sum_ms', 'industry.measured_row_count', 'industry.share_step'),
            'industry.measured',
            'industry.is_speed_shown'
        ) }} as industry_mean_s,
        {{ released(
            tenths_of_seconds('industry_speeds.median_doubled_ms', '2'), 'industry.measured', 'industry.is_speed_shown'
        ) }} as industry_median_s,
        {{ is_withheld('industry.measured', 'industry.is_speed_shown') }} as industry_suppressed
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    left join own_speeds
        on
            own.party_key = own_speeds.party_key
            and own.business_process = own_speeds.business_process
            and own.srv = own_speeds.srv
    inner join industry
        on
            own.role = industry.role
            and own.business_process = industry.business_process
            and own.srv = industry.srv
    left join industry_speeds
        on
            own.role = industry_speeds.role
            and own.business_process = industry_speeds.business_process
            and own.srv = industry_speeds.srv

)

select * from final
