-- One row per day of one check that the filters leave: the defects, unless others are asked for.
with

main_check as (
    select "check"
    from outage_restoration_summary
    group by "check"
    order by "check" != 'defect' asc, sum(count) desc, "check" asc
    limit 1
)

select
    outage_restoration_summary."check" as name,
    outage_restoration_summary.day,
    outage_restoration_summary.count as alert_count
from outage_restoration_summary
inner join main_check using ("check")
order by outage_restoration_summary.day
