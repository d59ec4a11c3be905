-- Requirement 2: which firmware, model, region or target makes requests fail: own beside own others and the industry.
-- Grain: one row per recipient (party and role), business process, SRV or `ALL`, dimension and value of it.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

own as (

    select * from {{ ref('int_r2__diagnosis') }}

),

industry as (

    select * from {{ ref('int_r2__industry_dimensions') }}

),

rests as (

    select * from {{ ref('int_r2__dimension_rests') }}

),

months as (

    select * from {{ ref('int_r2__industry_months') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.business_process,
        own.srv,
        own.dimension,
        own.value,
        own.own_request_count as own_volume,
        {{ share('(own.own_request_count - own.own_failure_count)', 'own.own_request_count', 6) }} as own_success_rate,
        {{ share('(own.other_request_count - own.other_failure_count)', 'own.other_request_count', 6) }}
            as own_other_success_rate,
        {{ excess_failures(
            'own.own_request_count', 'own.own_failure_count', 'own.other_request_count', 'own.other_failure_count', 3
        ) }} as own_excess_failures,
        {{ is_standing_out(
            'own.own_request_count', 'own.own_failure_count', 'own.other_request_count', 'own.other_failure_count'
        ) }} as stands_out,
        {{ released_share('industry.success_count', 'industry.requests', 'rests.is_share_shown', 'months.share_step') }}
            as industry_success_rate,
        {{ is_share_withheld('industry.success_count', 'industry.requests', 'rests.is_share_shown') }}
            as industry_suppressed
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    inner join industry
        on
            own.role = industry.role
            and own.business_process = industry.business_process
            and own.srv = industry.srv
            and own.dimension = industry.dimension
            and own.value = industry.value
    inner join rests
        on
            own.role = rests.role
            and own.business_process = rests.business_process
            and own.srv = rests.srv
            and own.dimension = rests.dimension
            and own.value = rests.value
    inner join months
        on
            own.role = months.role
            and own.business_process = months.business_process
            and own.srv = months.srv

)

select * from final
