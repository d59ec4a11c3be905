{{ config(group='reporting') }}
-- outage_restoration_summary.csv has as many alerts of each day and check as outage_restoration.csv has rows.
with

summary as (

    select * from {{ ref('mart_r3__outage_restoration_summary') }}

),

alerts as (

    select
        party_id,
        role,
        cast(alert_at as date) as day,
        {{ quoted('check') }},
        count(*) as alert_count
    from {{ ref('mart_r3__outage_restoration') }}
    group by
        party_id,
        role,
        cast(alert_at as date),
        {{ quoted('check') }}

)

select
    coalesce(summary.party_id, alerts.party_id) as party_id,
    coalesce(summary.day, alerts.day) as day,
    summary.count as summary_count,
    alerts.alert_count
from summary
full outer join alerts
    on
        summary.party_id = alerts.party_id
        and summary.role = alerts.role
        and summary.day = alerts.day
        and summary.{{ quoted('check') }} = alerts.{{ quoted('check') }}
where summary.count is distinct from alerts.alert_count
