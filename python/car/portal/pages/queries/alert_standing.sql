-- One row per whose figures: yours, the industry's, yours of the month before; of the line with most alerts.
with

line as (
    select *
    from alerts.monthly
    order by alert_code != 'ALL' asc, own_volume desc, alert_code asc
    limit 1
),

speed as (
    select *
    from alerts.delivery_time
),

own as (
    select
        line.alert_code,
        line.alert_name,
        1 as position,
        'own' as whose,
        'You' as name,
        line.own_volume as volume,
        line.own_suppressed_volume as suppressed_volume,
        line.own_success_rate as rate,
        line.own_within_target_rate as within_target_rate,
        line.own_mean_delivery_s as mean_s,
        speed.own_median_s as median_s,
        speed.own_p99_s as p99_s,
        false as is_rate_withheld,
        false as is_speed_withheld
    from line
    left join speed using (alert_code)
),

industry as (
    select
        line.alert_code,
        line.alert_name,
        2 as position,
        'industry' as whose,
        'Industry' as name,
        cast(null as bigint) as volume,
        cast(null as bigint) as suppressed_volume,
        line.industry_success_rate as rate,
        cast(null as decimal(18, 6)) as within_target_rate,
        line.industry_mean_delivery_s as mean_s,
        speed.industry_median_s as median_s,
        speed.industry_worst_s as p99_s,
        line.industry_suppressed as is_rate_withheld,
        coalesce(speed.industry_suppressed, false) as is_speed_withheld
    from line
    left join speed using (alert_code)
),

month_before as (
    select
        line.alert_code,
        line.alert_name,
        3 as position,
        'before' as whose,
        'You in ' || recipient.before_name as name,
        monthly.own_volume as volume,
        monthly.own_suppressed_volume as suppressed_volume,
        monthly.own_success_rate as rate,
        monthly.own_within_target_rate as within_target_rate,
        monthly.own_mean_delivery_s as mean_s,
        delivery_time.own_median_s as median_s,
        delivery_time.own_p99_s as p99_s,
        false as is_rate_withheld,
        false as is_speed_withheld
    from line
    inner join before_alerts.monthly on line.alert_code = monthly.alert_code
    left join before_alerts.delivery_time on line.alert_code = delivery_time.alert_code
    cross join release.recipient
),

final as (
    from own
    union all
    from industry
    union all
    from month_before
)

select
    *,
    whose = 'before' as is_month_before
from final
order by position
