-- One row per alert code that the filters leave and that was measured (ALL first): delivery time beside the industry.
select
    delivery_time.alert_code as alert_code_as_is,
    case delivery_time.alert_code
        when 'ALL' then 'All alerts together'
        else delivery_time.alert_code || coalesce(' ' || alert_codes.name, '')
    end as name,
    delivery_time.own_measured,
    delivery_time.own_median_s,
    delivery_time.own_p99_s,
    delivery_time.industry_median_s,
    delivery_time.industry_worst_s,
    delivery_time.industry_suppressed,
    60 as target_s,
    coalesce(delivery_time.own_median_s > delivery_time.industry_median_s, false) as is_slower,
    coalesce(delivery_time.own_p99_s > 60, false) as is_late,
    count(*) over () as line_count
from delivery_time
left join reference.alert_codes on delivery_time.alert_code = alert_codes.alert_code
where delivery_time.own_measured > 0
order by delivery_time.alert_code != 'ALL' asc, delivery_time.own_measured desc, delivery_time.alert_code asc
limit 30
