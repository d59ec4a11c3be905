-- One row per business process and SRV (ALL too) with 30 measured requests or more: own times beside the industry's.
with

measured as (
    select
        business_process,
        srv,
        own_measured,
        own_median_s,
        own_p99_s,
        own_within_target_rate,
        industry_median_s,
        industry_worst_s,
        industry_suppressed
    from round_trip_time
    where own_measured >= 30
),

-- Speed is over requests with the shortest target alone: it is the same for all of them.
targets as (
    select
        business_process,
        srv,
        min(cast(value as bigint)) as target_s
    from diagnosis
    where dimension = 'trt_s'
    group by business_process, srv
)

select
    measured.business_process,
    measured.srv,
    standing.name,
    measured.own_measured,
    measured.own_median_s,
    measured.own_p99_s,
    measured.own_within_target_rate,
    measured.industry_median_s,
    measured.industry_worst_s,
    measured.industry_suppressed,
    targets.target_s
from measured
inner join standing using (business_process, srv)
left join targets using (business_process, srv)
order by measured.business_process, measured.srv
