-- One row per business process that moved by most requests from the month before: three that fell, two that rose.
with

compared as (
    select
        this_month.business_process,
        this_month.own_volume,
        this_month.own_success_rate as own_rate,
        month_before.own_volume as before_volume,
        month_before.own_success_rate as before_rate
    from benchmark as this_month
    inner join before.benchmark as month_before using (business_process, srv)
    where this_month.srv = 'ALL' and this_month.own_volume >= 30 and month_before.own_volume >= 30
),

ranked as (
    select
        business_process,
        own_volume,
        own_rate,
        before_volume,
        before_rate,
        own_rate < before_rate as is_lower,
        row_number() over (
            partition by own_rate < before_rate order by own_volume * abs(own_rate - before_rate) desc, business_process
        ) as place
    from compared
    -- What reads the same has not moved.
    where round(own_rate, 3) != round(before_rate, 3)
),

most as (
    select *
    from ranked
    where place <= case when is_lower then 3 else 2 end
)

select
    most.business_process as name,
    most.before_volume,
    most.before_rate,
    most.own_volume,
    most.own_rate,
    standing.industry_rate,
    standing.industry_suppressed,
    standing.peers_lowest,
    standing.peers_highest,
    standing.is_below,
    case when most.is_lower then 'lower' else 'higher' end as moved
from most
inner join standing on most.business_process = standing.business_process and standing.srv = 'ALL'
order by most.own_volume * (most.own_rate - most.before_rate), most.business_process
