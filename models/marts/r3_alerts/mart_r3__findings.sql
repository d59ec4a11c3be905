-- Requirement 3: what stands out this month, for the first page of the alert report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

monthly as (

    select * from {{ ref('mart_r3__monthly') }}

),

own_months as (

    select * from {{ ref('int_r3__own_months') }}

),

previous as (

    select * from {{ ref('fct_previous_alert_months') }}

),

delivery_times as (

    select * from {{ ref('mart_r3__delivery_time') }}

),

{% set subject = ['alert_code'] -%}

rates as (

    -- The rates as they are shown, and the exact counts behind them.
    select
        monthly.party_id,
        monthly.role,
        monthly.alert_code,
        own_months.alert_count as own_count,
        own_months.alert_count - own_months.delivered_count as own_failure_count,
        monthly.own_success_rate,
        monthly.industry_success_rate,
        monthly.industry_suppressed,
        previous.own_volume as count_before,
        previous.own_failure_count as failure_count_before,
        previous.own_success_rate as success_rate_before
    from monthly
    inner join obligations
        on
            monthly.party_id = obligations.party_id
            and monthly.role = obligations.role
    inner join own_months
        on
            obligations.party_key = own_months.party_key
            and monthly.alert_code = own_months.alert_code
    left join previous
        on
            monthly.party_id = previous.party_id
            and monthly.role = previous.role
            and monthly.alert_code = previous.alert_code

),

below_industry as (

    {{ below_industry('rates', subject) }}

),

worse_than_month_before as (

    {{ worse_than_month_before('rates', subject) }}

),

slower_than_industry as (

    {{ slower_than_industry('delivery_times', subject) }}

),

findings as (

    select * from below_industry

    union all

    select * from worse_than_month_before

    union all

    select * from slower_than_industry

),

compared as (

    {{ compared_figures('rates', 'delivery_times') }}

),

nothing as (

    {{ nothing_found('obligations', 'compared') }}

),

final as (

    {{ positioned_findings('findings', 'nothing', 'obligations') }}

)

select * from final
