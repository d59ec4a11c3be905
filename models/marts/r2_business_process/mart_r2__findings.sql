-- Requirement 2: what stands out this month, for the first page of the report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

benchmark as (

    select * from {{ ref('mart_r2__benchmark') }}

),

own_months as (

    select * from {{ ref('int_r2__own_months') }}

),

previous as (

    select * from {{ ref('fct_previous_benchmarks') }}

),

round_trip_times as (

    select * from {{ ref('mart_r2__round_trip_time') }}

),

diagnosis as (

    select * from {{ ref('mart_r2__diagnosis') }}

),

own_dimensions as (

    select * from {{ ref('int_r2__diagnosis') }}

),

{% set subject = ['business_process', 'srv'] -%}

rates as (

    -- The rates as they are shown, and the exact counts behind them.
    select
        benchmark.party_id,
        benchmark.role,
        benchmark.business_process,
        benchmark.srv,
        own_months.request_count as own_count,
        own_months.request_count - own_months.success_count as own_failure_count,
        benchmark.own_success_rate,
        benchmark.industry_success_rate,
        benchmark.industry_suppressed,
        previous.own_volume as count_before,
        previous.own_failure_count as failure_count_before,
        previous.own_success_rate as success_rate_before
    from benchmark
    inner join obligations
        on
            benchmark.party_id = obligations.party_id
            and benchmark.role = obligations.role
    inner join own_months
        on
            obligations.party_key = own_months.party_key
            and benchmark.business_process = own_months.business_process
            and benchmark.srv = own_months.srv
    left join previous
        on
            benchmark.party_id = previous.party_id
            and benchmark.role = previous.role
            and benchmark.business_process = previous.business_process
            and benchmark.srv = previous.srv

),

values_that_stand_out as (

    select *
    from diagnosis
    where stands_out

),

counted_values as (

    -- What stands out, with the exact counts behind it.
    select
        standing_out.party_id,
        standing_out.role,
        standing_out.business_process,
        standing_out.srv,
        standing_out.dimension,
        standing_out.value as dimension_value,
        own_dimensions.own_request_count as own_count,
        own_dimensions.own_failure_count,
        own_dimensions.other_request_count as other_count,
        own_dimensions.other_failure_count,
        standing_out.own_success_rate,
        standing_out.own_other_success_rate as other_success_rate,
        standing_out.industry_success_rate
    from values_that_stand_out as standing_out
    inner join obligations
        on
            standing_out.party_id = obligations.party_id
            and standing_out.role = obligations.role
    inner join own_dimensions
        on
            obligations.party_key = own_dimensions.party_key
            and standing_out.business_process = own_dimensions.business_process
            and standing_out.srv = own_dimensions.srv
            and standing_out.dimension = own_dimensions.dimension
            and standing_out.value = own_dimensions.value

),

gathering_values as (

    -- Not where the same value fails all others as much.
    select *
    from counted_values
    where
        industry_success_rate is null
        or {{ is_standing_out_below('own_count', 'own_failure_count', 'industry_success_rate') }}

),

below_industry as (

    {{ below_industry('rates', subject) }}

),

worse_than_month_before as (

    {{ worse_than_month_before('rates', subject) }}

),

slower_than_industry as (

    {{ slower_than_industry('round_trip_times', subject) }}

),

failures_gather as (

    {{ failures_gather('gathering_values', subject + ['dimension', 'dimension_value']) }}

),

findings as (

    select * from below_industry

    union all

    select * from worse_than_month_before

    union all

    select * from slower_than_industry

    union all

    select * from failures_gather

),

compared as (

    {{ compared_figures('rates', 'round_trip_times') }}

),

nothing as (

    {{ nothing_found('obligations', 'compared') }}

),

final as (

    {{ positioned_findings('findings', 'nothing', 'obligations') }}

)

select * from final
