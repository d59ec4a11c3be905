-- One row per alert code (ALL: all together): its figures, beside the industry and the month before.
with

month_before as (
    select
        alert_code,
        own_volume as before_volume,
        own_success_rate as before_rate,
        own_within_target_rate as before_within_target_rate,
        own_mean_delivery_s as before_mean_s
    from before.monthly
),

speed as (
    select
        alert_code,
        own_median_s,
        own_p99_s,
        industry_mean_s,
        industry_median_s,
        industry_worst_s,
        industry_suppressed as is_speed_withheld
    from delivery_time
),

speed_before as (
    select
        alert_code,
        own_median_s as before_median_s,
        own_p99_s as before_p99_s
    from before.delivery_time
)

select
    monthly.alert_code,
    case monthly.alert_code
        when 'ALL' then 'All alerts together'
        else coalesce(monthly.alert_name, 'Without a name')
    end as name,
    monthly.own_volume,
    monthly.own_suppressed_volume,
    monthly.own_success_rate as own_rate,
    monthly.own_within_target_rate,
    monthly.own_mean_delivery_s as own_mean_s,
    speed.own_median_s,
    speed.own_p99_s,
    monthly.industry_success_rate as industry_rate,
    monthly.industry_success_rate is null and monthly.industry_suppressed as industry_suppressed,
    speed.industry_mean_s,
    speed.industry_median_s,
    speed.industry_worst_s,
    coalesce(speed.is_speed_withheld, false) as is_speed_withheld,
    month_before.before_volume,
    month_before.before_rate,
    month_before.before_within_target_rate,
    month_before.before_mean_s,
    speed_before.before_median_s,
    speed_before.before_p99_s,
    coalesce(monthly.own_success_rate < monthly.industry_success_rate, false) as is_below,
    -- Undelivered beyond the industry's share: what comes first, and never printed.
    monthly.own_volume * (monthly.industry_success_rate - monthly.own_success_rate) as excess
from monthly
left join speed using (alert_code)
left join month_before using (alert_code)
left join speed_before using (alert_code)
order by monthly.alert_code
