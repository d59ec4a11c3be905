-- One row per alert code (ALL: all together) and whose figures: yours, the industry's, yours of the month before.
with

own as (
    select
        alert_code, 1 as position, 'own' as whose, 'You' as name, own_volume as volume, own_rate as rate,
        own_within_target_rate as within_target_rate, own_mean_s as mean_s, own_median_s as median_s,
        own_p99_s as p99_s, false as is_rate_withheld, false as is_speed_withheld
    from code_figures
    where own_volume > 0
),

industry as (
    select
        alert_code, 2 as position, 'industry' as whose, 'Industry' as name, null::bigint as volume,
        industry_rate as rate, null::decimal(38, 6) as within_target_rate, industry_mean_s as mean_s,
        industry_median_s as median_s, industry_worst_s as p99_s, industry_suppressed as is_rate_withheld,
        is_speed_withheld
    from code_figures
    where own_volume > 0
),

month_before as (
    select
        code_figures.alert_code, 3 as position, 'before' as whose, 'You in ' || recipient.before_name as name,
        code_figures.before_volume as volume, code_figures.before_rate as rate,
        code_figures.before_within_target_rate as within_target_rate, code_figures.before_mean_s as mean_s,
        code_figures.before_median_s as median_s, code_figures.before_p99_s as p99_s, false as is_rate_withheld,
        false as is_speed_withheld
    from code_figures
    cross join release.recipient
    where code_figures.own_volume > 0 and code_figures.before_volume > 0
),

final as (
    from own
    union all
    from industry
    union all
    from month_before
)

select
    alert_code as key, position, whose, name, volume, rate, within_target_rate, mean_s, median_s, p99_s,
    is_rate_withheld, is_speed_withheld, whose = 'before' as is_month_before
from final
order by key, position
