-- One row per line of daily.csv that the filters leave and day; of a line all is the same but the day.
select
    business_process
    || case srv when 'ALL' then '' else ', ' || srv end
    || case device_type when 'ALL' then '' else ', ' || device_type end
    || case region when 'ALL' then '' else ', ' || region end
    || case smets_version when 'ALL' then '' else ', ' || smets_version end as name,
    business_process as business_process_as_is,
    cast(srv = 'ALL' as integer) + cast(device_type = 'ALL' as integer) + cast(region = 'ALL' as integer)
    + cast(smets_version = 'ALL' as integer) as width,
    day,
    cast(extract(day from day) as bigint) as day_number,
    isodow(day) > 5 as is_weekend,
    own_volume,
    own_success_rate as own_rate,
    industry_success_rate as industry_rate,
    own_success_rate is not null and industry_success_rate is null and industry_suppressed as is_withheld,
    coalesce(own_success_rate < industry_success_rate, false) as is_below,
    coalesce(own_success_rate > industry_success_rate, false) as is_above,
    own_success_rate - industry_success_rate as deviation
from daily
