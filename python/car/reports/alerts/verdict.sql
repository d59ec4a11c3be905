-- Grain: one row, what the first page says of the month as a whole.
with

code_figures as (

    select * from code_figures

),

findings as (

    select * from findings

),

undelivered as (

    select * from undelivered

),

together as (

    select * from code_figures
    where alert_code = 'ALL'

),

codes as (

    select
        count(*) filter (where own_volume > 0) as codes,
        count(*) filter (where own_volume > 0 and is_industry_rate_withheld) as withheld_codes,
        coalesce(sum(own_volume) filter (where is_industry_rate_withheld), 0)::bigint as withheld_volume,
        count(*) filter (where own_volume = 0) as suppressed_codes,
        coalesce(sum(own_suppressed_volume), 0)::bigint as suppressed_volume
    from code_figures
    where alert_code <> 'ALL'

),

found as (

    select
        count(*) filter (where finding in ('below_industry', 'worse_than_month_before')) as worse_findings,
        count(*) filter (where finding = 'slower_than_industry') as slower_findings,
        count(distinct alert_code) filter (where finding not like 'nothing%' and alert_code <> 'ALL') as found_codes,
        coalesce(bool_or(alert_code = 'ALL'), false) as is_whole_found,
        max(affected_count) filter (where finding = 'nothing_stands_out') as compared,
        max(affected_count) filter (where finding = 'nothing_to_compare') as withheld_figures
    from findings

),

failed as (

    select coalesce(sum(undelivered), 0)::bigint as undelivered
    from undelivered

),

final as (

    select
        coalesce(together.own_volume, 0) as volume,
        failed.undelivered,
        together.own_success_rate,
        together.own_within_target_rate,
        together.industry_success_rate,
        coalesce(together.is_industry_rate_withheld, false) as is_industry_rate_withheld,
        together.before_success_rate,
        codes.codes,
        codes.withheld_codes,
        codes.withheld_volume,
        codes.suppressed_codes,
        codes.suppressed_volume,
        found.worse_findings,
        found.slower_findings,
        found.found_codes,
        found.is_whole_found,
        found.compared,
        found.withheld_figures
    from codes
    cross join found
    cross join failed
    left join together
        on true

)

select * from final
order by volume
