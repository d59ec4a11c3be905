-- Grain: one row per alert code with alerts in the month; most undelivered beyond the industry's share first, then most alerts.
with

code_figures as (

    select * from code_figures
    where alert_code <> 'ALL' and own_volume > 0

),

code_pages as (

    select * from code_pages

),

final as (

    select
        code_figures.alert_name as name,
        code_figures.alert_code,
        code_figures.own_volume as volume,
        code_figures.own_success_rate as own_rate,
        code_figures.industry_success_rate as industry_rate,
        code_figures.is_industry_rate_withheld as is_withheld,
        code_figures.before_success_rate as before_rate,
        code_figures.own_within_target_rate as own_within_target_rate,
        case when code_pages.key is not null then 'code:' || code_figures.alert_code end as page
    from code_figures
    left join code_pages
        on code_figures.alert_code = code_pages.key
    order by
        greatest(coalesce(code_figures.excess, 0), 0) desc,
        code_figures.own_volume desc,
        code_figures.alert_code

)

select * from final
