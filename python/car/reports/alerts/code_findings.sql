-- One row per alert code (ALL: all together) with findings: how many of each kind, the most affected first.
select
    findings.alert_code,
    code_figures.name || case findings.alert_code when 'ALL' then '' else ' (' || findings.alert_code || ')' end as name,
    count(*) filter (where findings.finding = 'below_industry') as below_industry_count,
    count(*) filter (where findings.finding = 'worse_than_month_before') as worse_count,
    count(*) filter (where findings.finding = 'slower_than_industry') as slower_count,
    max(findings.affected_count) filter (where findings.finding = 'below_industry') as below_industry_excess,
    max(findings.affected_count) filter (where findings.finding = 'worse_than_month_before') as worse_excess
from findings
inner join code_figures using (alert_code)
group by findings.alert_code, code_figures.name
order by min(findings.position), findings.alert_code
