-- The alerts of the industry report are all that start in the period, each in one count.
-- Of a file, so that a failure keeps no model from being built and `--force` can publish:
-- depends_on: {{ ref('mart_pmr_estate__alerts') }}
with

alerts as (

    select count(*) as alert_count
    from {{ ref('fct_alerts_coded') }}
    where {{ in_period('alert_start_at') }}

),

reported as (

    select coalesce(sum(amount), 0) as alert_count
    from {{ ref('int_pmr_estate__figures') }}
    where
        family = 'alerts'
        and split = 'ALL'
        and amount_name in ('in_time', 'late', 'not_delivered', 'pending', 'suppressed')

)

select 'alerts.csv has ' || reported.alert_count || ' alerts of ' || alerts.alert_count as says
from alerts
cross join reported
where alerts.alert_count != reported.alert_count
