-- One row per finding of alerts that are slow: the three of most alerts.
select
    code_findings.alert as name,
    code_findings.code,
    cast(findings.own_value as decimal(38, 6)) as own_median_s,
    cast(findings.reference_value as decimal(38, 6)) as industry_median_s,
    findings.affected_count,
    case
        when findings.alert_code = 'ALL' then 'codes:'
        when code_pages.key is not null then 'code:' || code_pages.key
    end as page
from findings
inner join code_findings using (alert_code)
left join code_pages on findings.alert_code = code_pages.key
where findings.finding = 'slower_than_industry'
order by findings.position
limit 3
