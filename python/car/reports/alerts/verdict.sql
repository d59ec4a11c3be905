-- One row: how the month was, in counts.
with

whole as (
    select
        own_volume, own_rate, industry_rate, before_rate, own_p99_s, before_p99_s,
        -- The target of alerts, a minute.
        coalesce(own_p99_s > 60, false) as is_p99_late
    from code_figures
    where alert_code = 'ALL'
),

codes_of_month as (
    select
        count(*) filter (where own_volume > 0) as code_count,
        count(*) filter (where own_rate < 1) as failing_count,
        count(*) filter (where own_volume between 1 and 29) as small_count,
        count(*) filter (where own_volume > 0 and industry_suppressed) as withheld_count,
        coalesce(sum(own_volume) filter (where industry_suppressed), 0)::bigint as withheld_volume,
        count(*) filter (where own_volume between 1 and 29 and industry_suppressed) as small_withheld_count,
        count(*) filter (where own_volume >= 30 and before_volume >= 30) as compared_before_count,
        count(*) filter (where own_volume >= 30 and before_volume >= 30 and own_rate > before_rate) as higher_count,
        count(*) filter (where own_volume >= 30 and before_volume >= 30 and own_rate < before_rate) as lower_count,
        count(*) filter (where own_volume > 0 and industry_rate is not null) as shown_count,
        count(*) filter (where own_volume > 0 and is_below) as below_count,
        count(*) filter (where own_volume = 0) as suppressed_count,
        coalesce(sum(own_suppressed_volume), 0)::bigint as suppressed_volume
    from code_figures
    where alert_code <> 'ALL'
),

told as (
    select
        count(*) filter (where alert_code is not null) as finding_count,
        count(distinct alert_code) filter (where alert_code <> 'ALL') as code_with_finding_count,
        max(affected_count) filter (where finding = 'nothing_stands_out') as compared_count,
        max(affected_count) filter (where finding = 'nothing_to_compare') as not_compared_count
    from findings
)

select
    coalesce(whole.own_volume, 0) as volume,
    whole.own_rate,
    whole.industry_rate,
    whole.before_rate,
    whole.own_p99_s,
    whole.before_p99_s,
    coalesce(whole.is_p99_late, false) as is_p99_late,
    codes_of_month.code_count,
    codes_of_month.failing_count,
    codes_of_month.small_count,
    codes_of_month.withheld_count,
    codes_of_month.withheld_volume,
    codes_of_month.small_withheld_count,
    codes_of_month.compared_before_count,
    codes_of_month.higher_count,
    codes_of_month.lower_count,
    codes_of_month.shown_count,
    codes_of_month.below_count,
    codes_of_month.suppressed_count,
    codes_of_month.suppressed_volume,
    told.finding_count,
    told.code_with_finding_count,
    told.compared_count,
    told.not_compared_count
from codes_of_month
cross join told
left join whole on true
