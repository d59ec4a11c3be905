-- Each recipient finds in its own file the places and rates that the industry report has for the same league.
with

industry as (

    select
        role,
        business_process,
        srv,
        count(rank) as ranked_count,
        sum(rank) as rank_sum,
        sum(success_rate) as rate_sum
    from {{ ref('mart_pmr_estate__league_table') }}
    where segment = 'ALL'
    group by
        role,
        business_process,
        srv

),

parties as (

    select
        party_id,
        role,
        business_process,
        srv,
        count(rank) as ranked_count,
        sum(rank) as rank_sum,
        sum(success_rate) filter (where rank is not null) as rate_sum
    from {{ ref('mart_r2__league_table') }}
    group by
        party_id,
        role,
        business_process,
        srv

)

select
    'league_table.csv: ' || parties.role || ', ' || parties.business_process || ', ' || parties.srv
    || ' is not what a recipient is shown' as says
from parties
left join industry
    on
        parties.role = industry.role
        and parties.business_process = industry.business_process
        and parties.srv = industry.srv
where
    parties.ranked_count is distinct from industry.ranked_count
    or parties.rank_sum is distinct from industry.rank_sum
    or parties.rate_sum is distinct from industry.rate_sum
