-- One row per business process with findings: how many, and the largest in words.
with

told as (
    select
        position,
        finding,
        business_process,
        srv,
        dimension,
        dimension_value,
        affected_count
    from findings
    where business_process is not null
)

select
    business_process,
    business_process as name,
    count(*) as finding_count,
    count(*) filter (where finding = 'below_industry') as below_industry_count,
    count(*) filter (where finding = 'worse_than_month_before') as worse_count,
    count(*) filter (where finding = 'failures_gather') as gather_count,
    count(*) filter (where finding = 'slower_than_industry') as slower_count,
    min(position) as first_position
from told
group by business_process
order by first_position
