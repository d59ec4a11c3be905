-- Grain: one row per party (in a role) and model of its estate that is on the Central Products List: where it stands
-- among its peers by the share on the newest firmware, and whether that is shown.
with

own_models as (

    select *
    from {{ ref('int_r1__model_counts') }}
    where newest_firmware_version is not null

),

industry_models as (

    select * from {{ ref('int_r1__industry_models') }}

),

{% set cell = ['role', 'device_type', 'manufacturer', 'model'] -%}

ranked_groups as (

    select
        {{ cell | join(',\n        ') }},
        count(distinct corporate_group) as ranked_groups
    from {{ ref('int_r1__model_counts') }}
    where {{ is_ranked('device_count') }}
    group by
        {{ cell | join(',\n        ') }}

),

rated as (

    select
        own_models.party_key,
        own_models.role,
        own_models.device_type,
        own_models.manufacturer,
        own_models.model,
        own_models.device_count,
        own_models.newest_count,
        {{ is_ranked('own_models.device_count') }} as is_ranked,
        {{ is_league_shown(
            'industry_models.newest_count', 'industry_models.devices', 'coalesce(ranked_groups.ranked_groups, 0)'
        ) }} as is_shown,
        {{ league_rate('own_models.newest_count', 'own_models.device_count', 'ranked_groups.ranked_groups') }}
            as league_rate
    from own_models
    inner join industry_models
        on
            own_models.role = industry_models.role
            and own_models.device_type = industry_models.device_type
            and own_models.manufacturer = industry_models.manufacturer
            and own_models.model = industry_models.model
    left join ranked_groups
        on
            own_models.role = ranked_groups.role
            and own_models.device_type = ranked_groups.device_type
            and own_models.manufacturer = ranked_groups.manufacturer
            and own_models.model = ranked_groups.model

),

final as (

    select
        rated.*,
        case
            -- Those that are not ranked stand apart, so that they push nobody down.
            when is_ranked and is_shown then {{ league_rank(cell + ['is_ranked'], 'league_rate') }}
        end as league_rank
    from rated

)

select * from final
