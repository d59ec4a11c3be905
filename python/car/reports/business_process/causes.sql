-- One row per business process, SRV and value of a dimension that stands out: findings first, then most excess first.
with

standing_out as (
    select
        business_process, srv, dimension, value, own_volume, own_success_rate, own_other_success_rate,
        own_excess_failures, industry_success_rate, industry_suppressed
    from diagnosis
    where stands_out and dimension <> 'trt_s'
),

told as (
    select business_process, srv, dimension, dimension_value as value
    from findings
    where finding = 'failures_gather'
),

words as (
    select dimension, words
    from release.dimensions
)

select
    standing_out.business_process as key,
    upper(words.words[1]) || words.words[2:] || ' ' || standing_out.value as name,
    case standing_out.srv when 'ALL' then 'all' else standing_out.srv end as srv,
    standing_out.own_volume,
    standing_out.own_success_rate as own_rate,
    standing_out.own_other_success_rate as other_rate,
    standing_out.industry_success_rate as industry_rate,
    standing_out.industry_suppressed,
    standing_out.own_excess_failures as excess
from standing_out
left join words using (dimension)
left join told using (business_process, srv, dimension, value)
order by
    standing_out.business_process,
    told.value is null,
    standing_out.own_excess_failures desc,
    standing_out.srv <> 'ALL',
    standing_out.srv,
    standing_out.dimension,
    standing_out.value
