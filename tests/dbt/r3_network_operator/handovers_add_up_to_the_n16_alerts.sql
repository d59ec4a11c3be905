{{ config(group='reporting') }}
-- credentials_handover.csv has every N16 to the recipient that began in the month, suppressed or not, once.
with

handovers as (

    select
        party_id,
        role,
        sum(n16_count) as n16_count
    from {{ ref('mart_r3__credentials_handover') }}
    group by
        party_id,
        role

),

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'network_operator'

),

received as (

    select
        obligations.party_id,
        obligations.role,
        count(*) as n16_count
    from {{ ref('fct_alerts') }} as alerts
    inner join obligations
        on
            alerts.destination_party_id = obligations.party_id
            and alerts.destination_role = obligations.role
    where
        alerts.alert_code = 'N16'
        and {{ in_reporting_month('alerts.alert_start_at') }}
    group by
        obligations.party_id,
        obligations.role

)

select
    coalesce(handovers.party_id, received.party_id) as party_id,
    handovers.n16_count,
    received.n16_count as received_count
from handovers
full outer join received
    on
        handovers.party_id = received.party_id
        and handovers.role = received.role
where handovers.n16_count is distinct from received.n16_count
