-- One row per alert code with alerts: most undelivered beyond the industry's share first, then most alerts.
select
    code_figures.name,
    code_figures.alert_code as code,
    code_figures.own_volume,
    code_figures.own_rate,
    code_figures.industry_rate,
    code_figures.industry_suppressed,
    code_figures.before_rate,
    code_figures.is_below,
    code_figures.own_within_target_rate,
    -- Whether a drawing of the shares has something to show.
    least(code_figures.own_rate, code_figures.industry_rate, code_figures.before_rate) < 1 as has_difference,
    case when code_pages.key is not null then 'code:' || code_pages.key end as page,
    row_number() over (
        order by
            greatest(coalesce(code_figures.excess, 0), 0) desc,
            code_figures.own_volume desc,
            code_figures.alert_code
    ) as place
from code_figures
left join code_pages on code_figures.alert_code = code_pages.key
where code_figures.alert_code <> 'ALL' and code_figures.own_volume > 0
order by place
