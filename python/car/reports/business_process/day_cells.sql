-- One row per business process, region (`All regions` too) and day: the process as a whole, own beside the industry.
select
    business_process as key,
    case region when 'ALL' then 'All regions' else region end as region,
    day,
    own_volume,
    own_success_rate as own_rate,
    industry_success_rate as industry_rate,
    own_success_rate is not null and industry_success_rate is null as is_withheld,
    coalesce(own_success_rate < industry_success_rate, false) as is_below,
    coalesce(own_success_rate > industry_success_rate, false) as is_above,
    own_success_rate - industry_success_rate as deviation
from daily
where srv = 'ALL' and device_type = 'ALL' and smets_version = 'ALL'
order by business_process, region != 'ALL', region, day
