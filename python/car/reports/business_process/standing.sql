-- One row per business process and SRV (ALL: the process): own rate beside industry, peers and the month before.
with

this_month as (
    select
        business_process,
        srv,
        own_volume,
        own_success_rate,
        industry_success_rate,
        industry_suppressed,
        own_rank,
        own_rank_last,
        ranked_parties
    from benchmark
),

month_before as (
    select
        business_process,
        srv,
        own_success_rate as before_rate
    from before.benchmark
),

variants as (
    select
        srv,
        name
    from reference.service_reference_variants
),

-- 6.15.2 and 6.17 stand with their credential: `6.15.2:Key Agreement`.
named as (
    select
        this_month.business_process,
        this_month.srv,
        case
            when this_month.srv = 'ALL' then 'All service requests'
            else
                coalesce(variants.name, 'Without a name')
                || case when this_month.srv like '%:%' then ', ' || split_part(this_month.srv, ':', 2) else '' end
        end as name
    from this_month
    left join variants on split_part(this_month.srv, ':', 1) = variants.srv
)

select
    this_month.business_process,
    this_month.srv,
    named.name,
    this_month.own_volume,
    this_month.own_success_rate as own_rate,
    this_month.industry_success_rate as industry_rate,
    this_month.industry_suppressed,
    month_before.before_rate,
    peers.peers_lowest,
    peers.peers_highest,
    case
        when this_month.ranked_parties is null then null
        when this_month.own_rank is null then 'not ranked'
        when this_month.own_rank = this_month.own_rank_last
            then this_month.own_rank || ' of ' || this_month.ranked_parties
        else this_month.own_rank || ' to ' || this_month.own_rank_last || ' of ' || this_month.ranked_parties
    end as place_in_league,
    coalesce(this_month.own_success_rate < this_month.industry_success_rate, false) as is_below,
    this_month.own_volume * (this_month.industry_success_rate - this_month.own_success_rate) as excess
from this_month
inner join named using (business_process, srv)
left join month_before using (business_process, srv)
left join peers using (business_process, srv)
order by this_month.business_process, this_month.srv
