-- One row per business process and set of requests whose failures gather, most excess first.
with

told as (
    select
        business_process,
        srv,
        dimension,
        dimension_value as value
    from findings
    where finding = 'failures_gather'
),

-- Of an SRV only what the process as a whole does not tell already.
shown as (
    select told.*
    from told
    left join told as of_process
        on
            told.business_process = of_process.business_process
            and told.dimension = of_process.dimension
            and told.value = of_process.value
            and of_process.srv = 'ALL'
    where told.srv = 'ALL' or of_process.srv is null
),

figures as (
    select
        business_process,
        srv,
        dimension,
        value,
        own_volume,
        own_success_rate,
        own_other_success_rate,
        own_excess_failures,
        industry_success_rate,
        industry_suppressed
    from diagnosis
),

words as (
    select
        dimension,
        words
    from release.dimensions
),

-- The manufacturer of one model alone has the figures of that model: the same requests by two names.
merged as (
    select
        figures.business_process,
        figures.srv,
        string_agg(words.words || ' ' || figures.value, ', ' order by figures.dimension desc, figures.value asc)
            as name,
        figures.own_volume,
        figures.own_success_rate,
        figures.own_other_success_rate,
        figures.own_excess_failures,
        max(figures.industry_success_rate) as industry_success_rate,
        bool_or(figures.industry_suppressed) as industry_suppressed
    from shown
    inner join figures using (business_process, srv, dimension, value)
    left join words using (dimension)
    group by
        figures.business_process, figures.srv, figures.own_volume, figures.own_success_rate,
        figures.own_other_success_rate, figures.own_excess_failures
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
order by business_process asc, own_excess_failures desc, srv != 'ALL', srv asc, name asc
