-- One row per alert code that the filters leave (ALL first): share delivered, beside the industry and the month before.
-- Codes of which each alert was delivered, to the industry too, are alike: the twelve first places are enough.
with

month_before as (
    select
        alert_code,
        own_success_rate as before_rate
    from before.monthly
)

select
    monthly.alert_code as alert_code_as_is,
    case monthly.alert_code
        when 'ALL' then 'All alerts together'
        else monthly.alert_code || coalesce(' ' || monthly.alert_name, '')
    end as name,
    monthly.own_volume,
    monthly.own_success_rate as own_rate,
    monthly.own_within_target_rate,
    monthly.industry_success_rate as industry_rate,
    monthly.industry_success_rate is null and monthly.industry_suppressed as industry_suppressed,
    month_before.before_rate,
    coalesce(monthly.own_success_rate < monthly.industry_success_rate, false) as is_below,
    count(*) over () as line_count
from monthly
left join month_before using (alert_code)
where monthly.own_volume > 0
qualify
    monthly.own_success_rate < 1
    or coalesce(monthly.industry_success_rate < 1, false)
    or row_number() over (
        order by monthly.alert_code != 'ALL' asc, monthly.own_volume desc, monthly.alert_code asc
    ) <= 12
order by
    monthly.alert_code != 'ALL' asc,
    -- Undelivered beyond the industry's share: what comes first, and never shown.
    monthly.own_volume * (monthly.industry_success_rate - monthly.own_success_rate) desc nulls last,
    monthly.own_volume desc,
    monthly.alert_code asc
limit 40
