-- One row per finding that counts undelivered alerts more than expected: the largest three.
select
    code_findings.alert as name,
    code_findings.code,
    case findings.finding when 'below_industry' then 'the industry' else 'the month before' end as against,
    cast(findings.own_value as decimal(38, 6)) as own_value,
    cast(findings.reference_value as decimal(38, 6)) as reference_value,
    findings.affected_count,
    case
        when findings.alert_code = 'ALL' then 'codes:'
        when code_pages.key is not null then 'code:' || code_pages.key
    end as page
from findings
inner join code_findings using (alert_code)
left join code_pages on findings.alert_code = code_pages.key
where findings.finding in ('below_industry', 'worse_than_month_before')
order by findings.position
limit 3
