-- One row: how the month was, in counts.
with

whole as (
    select
        business_process,
        own_volume,
        own_rate,
        before_rate,
        industry_rate,
        industry_suppressed
    from standing
    where srv = 'ALL'
),

every_srv as (
    select
        count(*) as line_count,
        count(*) filter (where industry_suppressed) as withheld_count
    from standing
),

counted as (
    select
        cast(coalesce(sum(own_volume), 0) as bigint) as volume,
        count(*) as process_count,
        count(*) filter (where industry_suppressed) as withheld_process_count,
        count(before_rate) as compared_before_count,
        count(*) filter (where own_rate > before_rate) as better_count,
        count(*) filter (where own_rate < before_rate) as lower_count,
        string_agg(business_process, ', ' order by business_process)
        filter (where industry_suppressed) as withheld_processes
    from whole
),

failed as (
    select cast(coalesce(sum(failure_count), 0) as bigint) as failure_count
    from failures
),

volume_before as (
    select cast(sum(own_volume) as bigint) as volume
    from before.benchmark
    where srv = 'ALL'
),

failed_before as (
    select cast(coalesce(sum(failure_count), 0) as bigint) as failure_count
    from before.failures
),

told as (
    select
        count(distinct business_process) filter (where finding = 'below_industry') as below_industry_count,
        count(distinct business_process) filter (where finding = 'worse_than_month_before') as worse_count,
        count(distinct business_process) filter (where finding = 'failures_gather') as gather_count,
        count(distinct business_process) filter (where finding = 'slower_than_industry') as slower_count,
        count(distinct business_process) as process_with_finding_count,
        count(*) filter (where business_process is not null) as finding_count,
        max(affected_count) filter (where finding = 'nothing_stands_out') as compared_count,
        max(affected_count) filter (where finding = 'nothing_to_compare') as not_compared_count
    from findings
)

select
    counted.volume,
    counted.process_count,
    failed.failure_count,
    share(failed.failure_count, counted.volume) as failed_share,
    share(failed_before.failure_count, volume_before.volume) as before_failed_share,
    counted.withheld_process_count,
    counted.compared_before_count,
    counted.better_count,
    counted.lower_count,
    counted.withheld_processes,
    every_srv.line_count,
    every_srv.withheld_count,
    told.below_industry_count,
    told.worse_count,
    told.gather_count,
    told.slower_count,
    told.process_with_finding_count,
    told.finding_count,
    told.compared_count,
    told.not_compared_count
from counted
cross join failed
cross join volume_before
cross join failed_before
cross join every_srv
cross join told
