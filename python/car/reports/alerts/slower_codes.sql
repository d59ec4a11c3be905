-- Grain: one row per alert code (or `ALL`) of which the recipient's median is clearly above the industry's, the three of most alerts.
with

findings as (

    select * from findings
    where finding = 'slower_than_industry'

),

code_figures as (

    select * from code_figures

),

code_pages as (

    select * from code_pages

),

final as (

    select
        row_number() over (order by findings.position) as place,
        case when findings.alert_code = 'ALL' then 'All alerts together' else code_figures.alert_name end as name,
        findings.alert_code,
        findings.affected_count as delivered,
        findings.own_value::decimal(38, 6) as own_median_s,
        findings.reference_value::decimal(38, 6) as industry_median_s,
        case
            when findings.alert_code = 'ALL' then 'codes'
            when code_pages.key is not null then 'code:' || findings.alert_code
        end as page
    from findings
    left join code_figures
        on findings.alert_code = code_figures.alert_code
    left join code_pages
        on findings.alert_code = code_pages.key

)

select * from final
order by place
limit 3
