-- One row per figure of all alerts together that the month before has, too.
with

whole as (
    select
        own_rate, before_rate, industry_rate, industry_suppressed, own_within_target_rate,
        before_within_target_rate, own_median_s, before_median_s, industry_median_s, own_p99_s, before_p99_s,
        industry_worst_s, is_speed_withheld
    from code_figures
    where alert_code = 'ALL' and own_volume >= 30 and before_volume >= 30
),

figures as (
    select
        1 as position, 'Delivered' as name, 'share' as unit, own_rate as own_value, before_rate as before_value,
        industry_rate as industry_value, industry_suppressed as is_withheld,
        round(own_rate, 3) = round(before_rate, 3) as is_same, true as is_better_higher
    from whole
    union all
    select
        2 as position, 'In time' as name, 'share' as unit, own_within_target_rate as own_value,
        before_within_target_rate as before_value, null::decimal(38, 6) as industry_value, false as is_withheld,
        round(own_within_target_rate, 3) = round(before_within_target_rate, 3) as is_same, true as is_better_higher
    from whole
    union all
    select
        3 as position, 'Median time' as name, 'seconds' as unit, own_median_s as own_value,
        before_median_s as before_value, industry_median_s as industry_value, is_speed_withheld as is_withheld,
        round(own_median_s, 1) = round(before_median_s, 1) as is_same, false as is_better_higher
    from whole
    union all
    select
        4 as position, '99th percentile of the times' as name, 'seconds' as unit, own_p99_s as own_value,
        before_p99_s as before_value, industry_worst_s as industry_value, is_speed_withheld as is_withheld,
        round(own_p99_s, 1) = round(before_p99_s, 1) as is_same, false as is_better_higher
    from whole
)

select
    name,
    unit,
    before_value,
    own_value,
    industry_value,
    is_withheld,
    case
        -- What reads the same has not moved.
        when is_same then 'the same'
        else
            case when own_value > before_value then 'higher' else 'lower' end
            || case when (own_value > before_value) = is_better_higher then ', better' else ', worse' end
    end as moved
from figures
where own_value is not null and before_value is not null
order by position
