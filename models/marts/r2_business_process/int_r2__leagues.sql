-- Grain: one row per party (in a role), business process and SRV or `ALL`: its place among its peers.
with

own as (

    select * from {{ ref('int_r2__own_months') }}

),

industry as (

    select * from {{ ref('int_r2__industry_pools') }}

),

ranked_groups as (

    select
        role,
        business_process,
        srv,
        {{ ranked_parties() }} as ranked_parties,
        count(distinct corporate_group) as ranked_groups
    from {{ ref('int_r2__own_months') }}
    where {{ is_ranked('request_count') }}
    group by
        role,
        business_process,
        srv

),

rated as (

    select
        own.party_key,
        own.role,
        own.business_process,
        own.srv,
        own.request_count,
        own.success_count,
        {{ is_ranked('own.request_count') }} as is_ranked,
        coalesce(ranked_groups.ranked_parties, 0) as ranked_parties,
        {{ is_league_shown(
            'industry.success_count', 'industry.requests', 'coalesce(ranked_groups.ranked_groups, 0)'
        ) }} as is_shown,
        {{ league_rate('own.success_count', 'own.request_count', 'ranked_groups.ranked_groups') }} as league_rate
    from own
    inner join industry
        on
            own.role = industry.role
            and own.business_process = industry.business_process
            and own.srv = industry.srv
    left join ranked_groups
        on
            own.role = ranked_groups.role
            and own.business_process = ranked_groups.business_process
            and own.srv = ranked_groups.srv

),

final as (

    select
        rated.*,
        case
            -- Among the ranked only: those that are not stand behind them in a partition of their own.
            when is_ranked and is_shown
                then {{ league_rank(['role', 'business_process', 'srv', 'is_ranked'], 'league_rate') }}
        end as league_rank,
        case
            when is_ranked and is_shown
                then {{ league_rank_last(['role', 'business_process', 'srv', 'is_ranked'], 'league_rate') }}
        end as league_rank_last
    from rated

)

select * from final
