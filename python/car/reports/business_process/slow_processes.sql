-- One row per business process that is slower than the industry by a finding: the three with most requests.
with

told as (
    select
        business_process,
        cast(own_value as decimal(38, 6)) as own_median_s,
        cast(reference_value as decimal(38, 6)) as industry_median_s,
        affected_count
    from findings
    where finding = 'slower_than_industry' and srv = 'ALL'
),

pages as (
    select key
    from subject_pages
)

select
    told.business_process as name,
    told.own_median_s,
    told.industry_median_s,
    told.affected_count,
    case when pages.key is not null then 'process:' || pages.key end as page
from told
left join pages on told.business_process = pages.key
order by told.affected_count desc, told.business_process asc
limit 3
