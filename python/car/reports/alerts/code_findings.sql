-- One row per alert code (ALL: all together) with findings: how many of each kind, the most affected first.
select
    findings.alert_code,
    code_figures.name as alert,
    case findings.alert_code when 'ALL' then null else findings.alert_code end as code,
    -- A long name leaves room for its code.
    case when length(code_figures.name) > 45 then left(code_figures.name, 44) || '…' else code_figures.name end
    || case findings.alert_code when 'ALL' then '' else ' (' || left(findings.alert_code, 10) || ')' end as name,
    count(*) filter (where findings.finding = 'below_industry') as below_industry_count,
    count(*) filter (where findings.finding = 'worse_than_month_before') as worse_count,
    count(*) filter (where findings.finding = 'slower_than_industry') as slower_count,
    max(findings.affected_count) filter (where findings.finding = 'below_industry') as below_industry_excess,
    max(findings.affected_count) filter (where findings.finding = 'worse_than_month_before') as worse_excess
from findings
inner join code_figures using (alert_code)
group by findings.alert_code, code_figures.name
order by min(findings.position), findings.alert_code
