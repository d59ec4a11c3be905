{{ config(group='reporting') }}
-- monthly.csv has every accepted alert to the recipient that began in the month once by its code and once in `ALL`:
-- of Electricity Distributors those of the listed codes.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

alerts as (

    select
        destination_key,
        alert_code_key,
        count(*) as alert_count
    from {{ ref('fct_alerts_coded') }}
    where {{ in_reporting_month('alert_start_at') }}
    group by
        destination_key,
        alert_code_key

),

accepted as (

    select
        obligations.party_id,
        obligations.role,
        sum(alerts.alert_count) as alert_count
    from alerts
    inner join obligations
        on alerts.destination_key = obligations.party_key
    inner join {{ ref('dim_alert_codes') }} as alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key
    left join {{ ref('alert_codes') }} as listed_codes
        on
            alert_codes.alert_code = listed_codes.alert_code
            and listed_codes.is_electricity_distributor
    where listed_codes.alert_code is not null or obligations.role in ('IS', 'ES', 'GS')
    group by
        obligations.party_id,
        obligations.role

),

monthly as (

    select
        party_id,
        role,
        sum(own_volume + own_suppressed_volume) filter (where alert_code = 'ALL') as all_count,
        sum(own_volume + own_suppressed_volume) filter (where alert_code != 'ALL') as by_code_count
    from {{ ref('mart_r3__monthly') }}
    group by
        party_id,
        role

)

select
    coalesce(accepted.party_id, monthly.party_id) as party_id,
    coalesce(accepted.role, monthly.role) as role,
    accepted.alert_count,
    monthly.all_count,
    monthly.by_code_count
from accepted
full outer join monthly
    on
        accepted.party_id = monthly.party_id
        and accepted.role = monthly.role
where
    accepted.alert_count is distinct from monthly.all_count
    or accepted.alert_count is distinct from monthly.by_code_count
