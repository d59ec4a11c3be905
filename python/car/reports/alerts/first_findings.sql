-- One row per finding of the first page, three at most.
select
    code_findings.name,
    case findings.finding
        when 'below_industry' then 'the industry'
        when 'worse_than_month_before' then 'the month before'
        else 'the industry, by the median time'
    end as against,
    findings.unit,
    findings.own_value::decimal(38, 6) as own_value,
    findings.reference_value::decimal(38, 6) as reference_value,
    findings.affected_count,
    case
        when findings.alert_code = 'ALL' then 'codes:'
        when code_pages.key is not null then 'code:' || code_pages.key
    end as page
from findings
inner join code_findings using (alert_code)
left join code_pages on findings.alert_code = code_pages.key
order by findings.position
limit 3
