-- Grain: one row per finding that counts failures beyond those expected, the three largest.
with

findings as (

    select * from findings
    where finding in ('below_industry', 'worse_than_month_before')

),

code_figures as (

    select * from code_figures

),

recipient as (

    select * from release.recipient

),

code_pages as (

    select * from code_pages

),

final as (

    select
        row_number() over (order by findings.position) as place,
        case when findings.alert_code = 'ALL' then 'All alerts together' else code_figures.alert_name end as name,
        findings.alert_code,
        case
            when findings.finding = 'below_industry' then 'the industry'
            else recipient.before_name
        end as against,
        findings.own_value::decimal(38, 6) as own_rate,
        findings.reference_value::decimal(38, 6) as reference_rate,
        code_figures.own_volume as volume,
        findings.affected_count as excess,
        case
            when findings.alert_code = 'ALL' then 'codes'
            when code_pages.key is not null then 'code:' || findings.alert_code
        end as page
    from findings
    cross join recipient
    left join code_figures
        on findings.alert_code = code_figures.alert_code
    left join code_pages
        on findings.alert_code = code_pages.key

)

select * from final
order by place
limit 3
