-- One row per business process and set of requests that stands out by its firmware, model, region or type: findings first.
with

standing_out as (
    select
        business_process, srv, dimension, value, own_volume, own_success_rate, own_other_success_rate,
        own_excess_failures, industry_success_rate, industry_suppressed
    from diagnosis
    where stands_out and dimension <> 'trt_s'
),

-- Of an SRV only what the process as a whole does not show already.
shown as (
    select standing_out.*
    from standing_out
    left join standing_out as of_process
        on standing_out.business_process = of_process.business_process
        and standing_out.dimension = of_process.dimension
        and standing_out.value = of_process.value
        and of_process.srv = 'ALL'
    where standing_out.srv = 'ALL' or of_process.srv is null
),

told as (
    select business_process, srv, dimension, dimension_value as value
    from findings
    where finding = 'failures_gather'
),

words as (
    select dimension, words
    from release.dimensions
),

-- The manufacturer of one model alone has the figures of that model: the same requests by two names.
merged as (
    select
        shown.business_process,
        shown.srv,
        string_agg(words.words || ' ' || shown.value, ', ' order by shown.dimension desc, shown.value) as name,
        shown.own_volume,
        shown.own_success_rate,
        shown.own_other_success_rate,
        shown.own_excess_failures,
        max(shown.industry_success_rate) as industry_success_rate,
        bool_or(shown.industry_suppressed) as industry_suppressed,
        bool_or(told.value is not null) as is_finding
    from shown
    left join words using (dimension)
    left join told using (business_process, srv, dimension, value)
    group by
        shown.business_process, shown.srv, shown.own_volume, shown.own_success_rate, shown.own_other_success_rate,
        shown.own_excess_failures
)

select
    business_process as key,
    upper(name[1]) || name[2:] as name,
    case srv when 'ALL' then 'all' else srv end as srv,
    own_volume,
    own_success_rate as own_rate,
    own_other_success_rate as other_rate,
    industry_success_rate as industry_rate,
    industry_suppressed,
    own_excess_failures as excess
from merged
order by business_process, not is_finding, own_excess_failures desc, srv <> 'ALL', srv, name
