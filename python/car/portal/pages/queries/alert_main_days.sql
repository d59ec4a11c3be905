-- One row per day of the line of daily.csv with most alerts: all together, unless one is asked for.
with

main_line as (
    select alert_code
    from daily
    group by alert_code
    having sum(own_volume) > 0
    order by alert_code != 'ALL' asc, sum(own_volume) desc, alert_code asc
    limit 1
)

select
    case daily.alert_code when 'ALL' then 'All alerts together' else daily.alert_code end as name,
    daily.day,
    cast(extract(day from daily.day) as bigint) as day_number,
    isodow(daily.day) > 5 as is_weekend,
    daily.own_volume,
    daily.own_success_rate as own_rate,
    daily.industry_success_rate as industry_rate,
    daily.industry_success_rate is null and daily.industry_suppressed as is_withheld,
    coalesce(daily.own_success_rate < daily.industry_success_rate, false) as is_below
from daily
inner join main_line using (alert_code)
order by daily.day
