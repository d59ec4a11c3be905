-- Grain: one row per alert code that has a page, in the order of the pages.
with

subjects as (

    select * from subjects
    where has_page

),

code_figures as (

    select * from code_figures

),

undelivered as (

    select * from undelivered

),

findings as (

    select
        alert_code,
        max(affected_count) filter (where finding = 'below_industry') as below_industry,
        max(affected_count) filter (where finding = 'worse_than_month_before') as worse_than_before,
        max(affected_count) filter (where finding = 'slower_than_industry') as slower
    from findings
    group by alert_code

),

final as (

    select
        subjects.alert_code as key,
        subjects.position,
        code_figures.alert_name as name,
        subjects.alert_code,
        subjects.reason,
        code_figures.own_volume as volume,
        coalesce(undelivered.undelivered, 0) as undelivered,
        code_figures.own_delivered as delivered,
        code_figures.own_success_rate,
        code_figures.own_within_target_rate,
        code_figures.own_median_s,
        code_figures.own_p99_s,
        code_figures.industry_success_rate,
        code_figures.industry_median_s,
        code_figures.is_industry_rate_withheld,
        code_figures.is_industry_speed_withheld,
        code_figures.before_success_rate,
        findings.below_industry,
        findings.worse_than_before,
        findings.slower
    from subjects
    inner join code_figures
        on subjects.alert_code = code_figures.alert_code
    left join undelivered
        on subjects.alert_code = undelivered.key
    left join findings
        on subjects.alert_code = findings.alert_code

)

select * from final
order by position
