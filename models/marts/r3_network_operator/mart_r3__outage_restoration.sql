-- Requirement 3, network operators: outage alerts without a restoration, and restorations without an outage.
-- Grain: one row per recipient (party and role), check and alert.
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
        unmatched.check_name as {{ quoted('check') }},
        {{ mpxn('unmatched.mpxn_key') }} as mpxn,
        {{ device_id('unmatched.device_key') }} as device_id,
        unmatched.alert_id,
        unmatched.alert_start_at as alert_at
    from unmatched
    inner join obligations
        on unmatched.party_key = obligations.party_key

)

select * from final
