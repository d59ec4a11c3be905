-- Grain: one row per alert code with alerts (or `ALL`) and whose figures: the recipient's, the industry's, the recipient's of the month before.
with

code_figures as (

    select * from code_figures
    where own_volume > 0

),

recipient as (

    select * from release.recipient

),

own as (

    select
        alert_code as key,
        1 as place,
        'own' as whose,
        'You' as called,
        own_volume as volume,
        own_success_rate as success_rate,
        own_within_target_rate as within_target_rate,
        own_mean_delivery_s as mean_s,
        own_median_s as median_s,
        own_p99_s as p99_s,
        false as is_rate_withheld,
        false as is_speed_withheld
    from code_figures

),

industry as (

    select
        alert_code as key,
        2 as place,
        'industry' as whose,
        'Industry' as called,
        null::bigint as volume,
        industry_success_rate as success_rate,
        null::decimal(38, 6) as within_target_rate,
        industry_mean_s as mean_s,
        industry_median_s as median_s,
        industry_worst_s as p99_s,
        is_industry_rate_withheld as is_rate_withheld,
        is_industry_speed_withheld as is_speed_withheld
    from code_figures

),

month_before as (

    select
        code_figures.alert_code as key,
        3 as place,
        'before' as whose,
        'You, ' || recipient.before_name as called,
        code_figures.before_volume as volume,
        code_figures.before_success_rate as success_rate,
        code_figures.before_within_target_rate as within_target_rate,
        code_figures.before_mean_s as mean_s,
        code_figures.before_median_s as median_s,
        code_figures.before_p99_s as p99_s,
        false as is_rate_withheld,
        false as is_speed_withheld
    from code_figures
    cross join recipient
    where code_figures.before_volume > 0

),

final as (

    select * from own
    union all by name
    select * from industry
    union all by name
    select * from month_before

)

select * from final
order by key, place
