-- One row per business process and value of a dimension that stands out against the other requests: most excess first.
with

values_of_process as (
    select
        business_process, dimension, value, own_volume, own_success_rate, own_other_success_rate,
        own_excess_failures, industry_success_rate, industry_suppressed
    from diagnosis
    where srv = 'ALL' and stands_out and dimension <> 'trt_s'
),

words as (
    select dimension, words
    from release.dimensions
)

select
    values_of_process.business_process as key,
    upper(words.words[1]) || words.words[2:] || ' ' || values_of_process.value as name,
    values_of_process.dimension,
    values_of_process.value,
    values_of_process.own_volume,
    values_of_process.own_success_rate as own_rate,
    values_of_process.own_other_success_rate as other_rate,
    values_of_process.industry_success_rate as industry_rate,
    values_of_process.industry_suppressed,
    values_of_process.own_excess_failures as excess
from values_of_process
left join words using (dimension)
order by
    values_of_process.business_process,
    values_of_process.own_excess_failures desc,
    values_of_process.dimension,
    values_of_process.value
