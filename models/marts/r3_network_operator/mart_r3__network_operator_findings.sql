-- Requirement 3, network operators: whose handovers of credentials stand out, and whether they have become worse.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

handovers as (

    select * from {{ ref('mart_r3__credentials_handover') }}

),

previous as (

    select * from {{ ref('fct_previous_handovers') }}

),

suppliers as (

    select
        party_id,
        role,
        energy_supplier_id,
        cast(sum(met_count + failed_count) as bigint) as own_count,
        cast(sum(failed_count) as bigint) as own_failure_count
    from handovers
    group by
        party_id,
        role,
        energy_supplier_id

),

months as (

    select
        party_id,
        role,
        cast(sum(own_count) as bigint) as own_count,
        cast(sum(own_failure_count) as bigint) as own_failure_count
    from suppliers
    group by
        party_id,
        role

),

beside_others as (

    select
        suppliers.party_id,
        suppliers.role,
        'N16' as alert_code,
        'energy_supplier_id' as dimension,
        suppliers.energy_supplier_id as dimension_value,
        suppliers.own_count,
        suppliers.own_failure_count,
        months.own_count - suppliers.own_count as other_count,
        months.own_failure_count - suppliers.own_failure_count as other_failure_count
    from suppliers
    inner join months
        on
            suppliers.party_id = months.party_id
            and suppliers.role = months.role

),

gathering_suppliers as (

    select
        *,
        {{ share('(own_count - own_failure_count)', 'own_count', 6) }} as own_success_rate,
        {{ share('(other_count - other_failure_count)', 'other_count', 6) }} as other_success_rate
    from beside_others
    where {{ is_standing_out('own_count', 'own_failure_count', 'other_count', 'other_failure_count') }}

),

month_rates as (

    select
        months.party_id,
        months.role,
        'N16' as alert_code,
        months.own_count,
        months.own_failure_count,
        {{ share('(months.own_count - months.own_failure_count)', 'months.own_count', 6) }} as own_success_rate,
        previous.decided_count as count_before,
        previous.failed_count as failure_count_before,
        {{ share('(previous.decided_count - previous.failed_count)', 'previous.decided_count', 6) }}
            as success_rate_before
    from months
    inner join previous
        on
            months.party_id = previous.party_id
            and months.role = previous.role

),

failures_gather as (

    {{ failures_gather('gathering_suppliers', ['alert_code', 'dimension', 'dimension_value']) }}

),

worse_than_month_before as (

    {{ worse_than_month_before('month_rates', ['alert_code']) }}

),

findings as (

    select * from failures_gather

    union all

    select * from worse_than_month_before

),

compared as (

    select
        party_id,
        role,
        case when own_count > 0 and count_before > 0 then 1 else 0 end as compared_count,
        0 as withheld_count
    from month_rates

),

nothing as (

    {{ nothing_found('obligations', 'compared') }}

),

final as (

    {{ positioned_findings('findings', 'nothing', 'obligations') }}

)

select * from final
