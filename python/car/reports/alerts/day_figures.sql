-- One row per alert code (ALL: all together) and day.
select
    alert_code as key,
    day,
    cast(extract(day from day) as bigint) as day_number,
    isodow(day) > 5 as is_weekend,
    own_volume,
    own_success_rate as own_rate,
    industry_success_rate as industry_rate,
    industry_success_rate is null and industry_suppressed as is_withheld,
    coalesce(own_success_rate < industry_success_rate, false) as is_below
from daily
order by alert_code, day
