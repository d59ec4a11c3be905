-- One row per line of round_trip_time.csv that was measured: own times beside the industry's.
with

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
    round_trip_time.business_process as business_process_as_is,
    round_trip_time.srv as srv_as_is,
    round_trip_time.business_process || case round_trip_time.srv when 'ALL' then '' else ', ' || round_trip_time.srv end
        as name,
    round_trip_time.own_measured,
    round_trip_time.own_median_s,
    round_trip_time.own_p99_s,
    round_trip_time.own_within_target_rate,
    round_trip_time.industry_median_s,
    round_trip_time.industry_worst_s,
    round_trip_time.industry_suppressed,
    targets.target_s,
    coalesce(round_trip_time.own_median_s > round_trip_time.industry_median_s, false) as is_slower,
    count(*) over () as line_count
from round_trip_time
left join targets using (business_process, srv)
where round_trip_time.own_measured > 0
order by round_trip_time.own_measured desc, round_trip_time.business_process asc, round_trip_time.srv asc
limit 40
