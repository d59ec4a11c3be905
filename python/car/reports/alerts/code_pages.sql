-- One row per alert code that has a page, in the order of the pages.
select
    subjects.alert_code as key,
    subjects.position,
    subjects.alert_code as code,
    code_figures.name,
    code_figures.own_volume as volume,
    coalesce(undelivered.undelivered_count, 0) as undelivered_count,
    code_figures.own_rate,
    code_figures.own_within_target_rate,
    code_figures.own_median_s,
    code_figures.industry_rate,
    code_figures.industry_median_s,
    code_figures.industry_suppressed,
    code_figures.before_rate,
    coalesce(code_figures.industry_rate, code_figures.before_rate, code_figures.industry_median_s) is not null
        as is_compared,
    coalesce(code_findings.below_industry_count, 0) as below_industry_count,
    coalesce(code_findings.worse_count, 0) as worse_count,
    coalesce(code_findings.slower_count, 0) as slower_count,
    code_findings.below_industry_excess,
    code_findings.worse_excess
from subjects
inner join code_figures using (alert_code)
left join undelivered using (alert_code)
left join code_findings using (alert_code)
where subjects.has_page
order by subjects.position
