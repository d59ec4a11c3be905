-- One row per line of benchmark.csv that the filters leave: own share beside the industry, peers and the month before.
with

month_before as (
    select
        business_process,
        srv,
        own_success_rate as before_rate
    from before.benchmark
),

peers as (
    select
        business_process,
        srv,
        min(success_rate) as peers_lowest,
        max(success_rate) as peers_highest
    from league_table
    where not is_recipient
    group by business_process, srv
)

select
    benchmark.business_process as business_process_as_is,
    benchmark.srv as srv_as_is,
    benchmark.business_process || case benchmark.srv when 'ALL' then '' else ', ' || benchmark.srv end as name,
    benchmark.own_volume,
    benchmark.own_success_rate as own_rate,
    benchmark.industry_success_rate as industry_rate,
    benchmark.industry_suppressed,
    month_before.before_rate,
    peers.peers_lowest,
    peers.peers_highest,
    coalesce(benchmark.own_success_rate < benchmark.industry_success_rate, false) as is_below,
    count(*) over () as line_count
from benchmark
left join month_before using (business_process, srv)
left join peers using (business_process, srv)
order by benchmark.own_volume desc, benchmark.business_process asc, benchmark.srv asc
limit 40
