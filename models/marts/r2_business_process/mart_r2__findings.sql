-- Requirement 2: what matters this month, for the first page of the report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

previous as (

    select * from {{ ref('fct_previous_benchmarks') }}

),

below_industry as (

    select
        party_id,
        role,
        'below_industry' as finding,
        business_process,
        srv,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_value,
        cast(own_success_rate as decimal(18, 6)) as own_value,
        cast(industry_success_rate as decimal(18, 6)) as reference_value,
        'share' as unit,
        own_volume as affected_count
    from {{ ref('mart_r2__benchmark') }}
    where
        srv != 'ALL'
        and own_volume >= {{ var('finding_minimum_count') }}
        and own_success_rate <= industry_success_rate - {{ var('finding_rate_gap') }}

),

slower_than_industry as (

    select
        party_id,
        role,
        'slower_than_industry' as finding,
        business_process,
        srv,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_value,
        cast(own_median_s as decimal(18, 6)) as own_value,
        cast(industry_median_s as decimal(18, 6)) as reference_value,
        's' as unit,
        own_measured as affected_count
    from {{ ref('mart_r2__round_trip_time') }}
    where
        srv != 'ALL'
        and own_measured >= {{ var('finding_minimum_count') }}
        and own_median_s > industry_median_s
        and own_median_s >= industry_median_s * {{ var('finding_speed_ratio') }}

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
    from {{ ref('mart_r2__benchmark') }} as benchmark
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

gathered as (

    {% for dimension in dimensions -%}
    {{ 'union all' if not loop.first }}
    select
        party_id,
        role,
        business_process,
        srv,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        cast(sum(failure_count) as bigint) as failure_count
    from {{ ref('mart_r2__failures') }}
    group by
        party_id,
        role,
        business_process,
        srv,
        {{ dimension }}
    {% endfor %}

),

totals as (

    select
        gathered.*,
        cast(
            sum(failure_count) over (partition by party_id, role, business_process, srv, dimension) as bigint
        ) as all_failure_count
    from gathered

),

failures_gather as (

    select
        party_id,
        role,
        'failures_gather' as finding,
        business_process,
        srv,
        dimension,
        dimension_value,
        {{ share('failure_count', 'all_failure_count', 6) }} as own_value,
        cast(null as decimal(18, 6)) as reference_value,
        'share' as unit,
        failure_count as affected_count
    from totals
    where {{ do_gather('failure_count', 'all_failure_count', 'dimension_value') }}

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

    {{ numbered_findings('findings', 'obligations', ['business_process', 'srv', 'dimension', 'dimension_value']) }}

)

select * from final
order by
    party_id,
    role,
    position
