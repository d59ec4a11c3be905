-- One row per business process that has a page, in the order of subjects.csv.
with

chosen as (
    select
        position,
        business_process,
        reason,
        volume
    from subjects
    where has_page
),

failed as (
    select
        business_process,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by business_process
),

as_a_whole as (
    select
        business_process,
        own_rate,
        industry_rate,
        industry_suppressed,
        before_rate,
        place_in_league
    from standing
    where srv = 'ALL'
)

select
    chosen.business_process as key,
    chosen.business_process as name,
    chosen.reason,
    chosen.volume,
    coalesce(failed.failure_count, 0) as failure_count,
    as_a_whole.own_rate,
    as_a_whole.industry_rate,
    coalesce(as_a_whole.industry_suppressed, false) as industry_suppressed,
    as_a_whole.before_rate,
    as_a_whole.place_in_league,
    coalesce(process_findings.below_industry_count, 0) as below_industry_count,
    coalesce(process_findings.worse_count, 0) as worse_count,
    coalesce(process_findings.gather_count, 0) as gather_count,
    coalesce(process_findings.slower_count, 0) as slower_count
from chosen
left join failed using (business_process)
left join as_a_whole using (business_process)
left join process_findings using (business_process)
order by chosen.position
