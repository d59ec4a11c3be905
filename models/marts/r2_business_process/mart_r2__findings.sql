-- Requirement 2: what matters this month, for the first page of the report.
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

round_trip_times as (

    select * from {{ ref('mart_r2__round_trip_time') }}

),

failures as {{ inlined() }} (

    select * from {{ ref('mart_r2__failures') }}

),

previous as (

    select * from {{ ref('fct_previous_benchmarks') }}

),

{% set subject = ['business_process', 'srv'] -%}

below_industry as (

    {{ below_industry('benchmark', subject) }}

),

slower_than_industry as (

    {{ slower_than_industry('round_trip_times', subject) }}

),

worse_than_month_before as (

    select
        benchmark.party_id,
        benchmark.role,
        'worse_than_month_before' as finding,
        benchmark.business_process,
        benchmark.srv,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_value,
        cast(benchmark.own_success_rate as decimal(18, 6)) as own_value,
        cast(previous.own_success_rate as decimal(18, 6)) as reference_value,
        'share' as unit,
        benchmark.own_volume as affected_count
    from benchmark
    inner join previous
        on
            benchmark.party_id = previous.party_id
            and benchmark.role = previous.role
            and benchmark.business_process = previous.business_process
            and benchmark.srv = previous.srv
    where
        benchmark.srv != 'ALL'
        and benchmark.own_volume >= {{ var('finding_minimum_count') }}
        and previous.own_volume >= {{ var('finding_minimum_count') }}
        and benchmark.own_success_rate <= previous.own_success_rate - {{ var('finding_rate_gap') }}

),

{% set dimensions = [
    'failure_reason_code', 'device_model', 'device_firmware_version', 'ch_model', 'ch_firmware_version', 'region',
] -%}

failures_gather as (

    {{ failures_gather('failures', subject, dimensions, 'failure_count') }}

),

findings as (

    select * from below_industry

    union all

    select * from slower_than_industry

    union all

    select * from worse_than_month_before

    union all

    select * from failures_gather

),

final as (

    {{ numbered_findings('findings', 'obligations', subject + ['dimension', 'dimension_value']) }}

)

select * from final
