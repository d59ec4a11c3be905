-- The industry report: the suppliers' installs against those predicted, without a name.
-- Grain: one row per role (IS, GS) and ranked party (ties are equal); one without a rank where the league is not shown.
with

own_installs as (

    select * from {{ ref('int_r2__own_installs') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

installs as (

    -- Electricity meters are an Import Supplier's, gas meters a Gas Supplier's.
    select
        own_installs.party_key,
        parties.role,
        parties.corporate_group,
        own_installs.commissioned_on
    from own_installs
    inner join parties
        on own_installs.party_key = parties.party_key
    where
        own_installs.segment != 'SMETS1'
        and own_installs.device_type = case parties.role when 'IS' then 'ESME' when 'GS' then 'GSME' end

),

by_party as (

    select
        party_key,
        role,
        corporate_group,
        count(*) filter (
            where commissioned_on >= {{ first_day() }} and commissioned_on < {{ period_end() }}
        ) as install_count,
        count(*) filter (
            where
            {{ add_days('commissioned_on', var('prediction_days')) }} >= {{ first_day() }}
            and {{ add_days('commissioned_on', var('prediction_days')) }} <= {{ last_day_of_period() }}
        ) as predicted_count
    from installs
    group by
        party_key,
        role,
        corporate_group

),

by_group as (

    select
        role,
        corporate_group,
        cast(sum(predicted_count) as bigint) as predicted_count,
        count(*) filter (where predicted_count >= {{ var('installs_league_minimum') }}) as ranked_parties
    from by_party
    where predicted_count > 0
    group by
        role,
        corporate_group

),

pools as (

    select
        role,
        {{ disclosure_pool('predicted_count', 'predicted') }},
        count(*) filter (where ranked_parties > 0) as ranked_groups
    from by_group
    group by role

),

leagues as (

    select
        role,
        {{ is_released('predicted') }} and ranked_groups >= {{ var('minimum_groups') }} as is_shown
    from pools

),

rated as (

    select
        by_party.role,
        {{ ratio_in_steps('by_party.install_count', 'by_party.predicted_count', var('installs_league_step')) }} as ratio
    from by_party
    inner join leagues
        on by_party.role = leagues.role
    where
        leagues.is_shown
        and by_party.predicted_count >= {{ var('installs_league_minimum') }}

),

ranked as (

    select
        role,
        {{ league_rank(['role'], 'ratio') }} as league_rank,
        ratio
    from rated

    union all

    select
        role,
        null as league_rank,
        null as ratio
    from leagues
    where not is_shown

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        role,
        cast(league_rank as bigint) as rank,
        ratio as ratio_to_predicted
    from ranked

)

select * from final
