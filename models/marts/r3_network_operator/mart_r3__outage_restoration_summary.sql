-- Requirement 3, network operators: how many alerts of each day each outage check finds.
-- Grain: one row per recipient (party and role), day and check that finds any.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

unmatched as (

    select * from {{ ref('int_r3__unmatched_outages') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        cast(unmatched.alert_start_at as date) as day,
        unmatched.check_name as {{ quoted('check') }},
        count(*) as count
    from unmatched
    inner join obligations
        on unmatched.party_key = obligations.party_key
    group by
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        cast(unmatched.alert_start_at as date),
        unmatched.check_name

)

select * from final
