-- One row per business process: own share beside the industry, peers and the month before, and the median time.
with

this_month as (
    select
        business_process,
        own_volume,
        own_success_rate,
        industry_success_rate,
        industry_suppressed,
        own_rank,
        own_rank_last,
        ranked_parties
    from business_process.benchmark
    where srv = 'ALL'
),

month_before as (
    select
        business_process,
        own_success_rate as before_rate
    from before_business_process.benchmark
    where srv = 'ALL'
),

speeds as (
    select
        business_process,
        own_median_s,
        industry_median_s,
        industry_suppressed as is_speed_withheld
    from business_process.round_trip_time
    where srv = 'ALL'
),

peers as (
    select
        business_process,
        min(success_rate) as peers_lowest,
        max(success_rate) as peers_highest
    from business_process.league_table
    where srv = 'ALL' and not is_recipient
    group by business_process
)

select
    this_month.business_process as name,
    this_month.business_process as business_process_as_is,
    this_month.own_volume,
    this_month.own_success_rate as own_rate,
    this_month.industry_success_rate as industry_rate,
    this_month.industry_suppressed,
    month_before.before_rate,
    case sign(this_month.own_success_rate - month_before.before_rate)
        when 1 then 'better'
        when -1 then 'worse'
        when 0 then 'the same'
    end as moved,
    peers.peers_lowest,
    peers.peers_highest,
    speeds.own_median_s,
    speeds.industry_median_s,
    coalesce(speeds.is_speed_withheld, false) as is_speed_withheld,
    case
        when this_month.ranked_parties is null then null
        when this_month.own_rank is null then 'not ranked'
        when this_month.own_rank = this_month.own_rank_last
            then this_month.own_rank || ' of ' || this_month.ranked_parties
        else this_month.own_rank || ' to ' || this_month.own_rank_last || ' of ' || this_month.ranked_parties
    end as place_in_league,
    coalesce(this_month.own_success_rate < this_month.industry_success_rate, false) as is_below
from this_month
left join month_before using (business_process)
left join speeds using (business_process)
left join peers using (business_process)
order by this_month.own_volume desc, this_month.business_process asc
limit 40
