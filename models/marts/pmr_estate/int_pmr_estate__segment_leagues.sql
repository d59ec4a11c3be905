-- Grain: one row per party (in a role), business process, SRV or `ALL`, and segment: its place among its peers.
with

volumes as (

    select * from {{ ref('int_pmr_estate__segment_volumes') }}

),

{% set cell = ['role', 'business_process', 'srv', 'segment'] -%}

by_group as (

    select
        {{ cell | join(',\n        ') }},
        corporate_group,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count,
        count(*) filter (where {{ is_ranked('request_count') }}) as ranked_parties
    from volumes
    group by
        {{ cell | join(',\n        ') }},
        corporate_group

),

pools as (

    select
        {{ cell | join(',\n        ') }},
        cast(sum(success_count) as bigint) as success_count,
        {{ disclosure_pool('request_count', 'requests') }},
        count(*) filter (where ranked_parties > 0) as ranked_groups
    from by_group
    group by
        {{ cell | join(',\n        ') }}

),

rated as (

    select
        volumes.*,
        {{ is_ranked('volumes.request_count') }} as is_ranked,
        {{ is_league_shown('pools.success_count', 'pools.requests', 'pools.ranked_groups') }} as is_shown,
        {{ league_rate('volumes.success_count', 'volumes.request_count', 'pools.ranked_groups') }} as league_rate
    from volumes
    inner join pools
        on
            volumes.role = pools.role
            and volumes.business_process = pools.business_process
            and volumes.srv = pools.srv
            and volumes.segment = pools.segment

),

final as (

    select
        party_key,
        {{ cell | join(',\n        ') }},
        is_ranked,
        is_shown,
        league_rate,
        -- Among the ranked only: those that are not stand behind them in a partition of their own.
        case when is_ranked and is_shown then {{ league_rank(cell + ['is_ranked'], 'league_rate') }} end as league_rank
    from rated

)

select * from final
