-- Requirement 2: the month's success rate, own beside industry, and the own place in the league.
-- Grain: one row per recipient (party and role), business process and SRV, or `ALL` of the process.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

leagues as (

    select * from {{ ref('int_r2__leagues') }}

),

industry as (

    select * from {{ ref('int_r2__industry_months') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        leagues.business_process,
        leagues.srv,
        leagues.request_count as own_volume,
        {{ share('leagues.success_count', 'leagues.request_count', 6) }} as own_success_rate,
        {{ released_share(
            'industry.success_count', 'industry.requests', 'industry.is_share_shown', 'industry.share_step'
        ) }} as industry_success_rate,
        {{ is_share_withheld('industry.success_count', 'industry.requests', 'industry.is_share_shown') }}
            as industry_suppressed,
        leagues.league_rank as own_rank,
        leagues.league_rank_last as own_rank_last,
        case when leagues.is_shown then leagues.ranked_parties end as ranked_parties
    from leagues
    inner join obligations
        on leagues.party_key = obligations.party_key
    inner join industry
        on
            leagues.role = industry.role
            and leagues.business_process = industry.business_process
            and leagues.srv = industry.srv

)

select * from final
