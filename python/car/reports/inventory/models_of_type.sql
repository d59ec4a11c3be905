-- Grain: one row per Device Type with a page and model of it in summary.csv, by its Devices.
with

models as (

    select
        device_type as graph_type,
        device_manufacturer,
        device_model,
        sum(device_count) as device_count
    from summary
    group by
        device_type,
        device_manufacturer,
        device_model

),

names as (

    select * from device_type_names

),

typed_models as (

    -- devices.csv tells the Device Types apart that summary.csv takes as one, by model.
    select
        products.device_type,
        coalesce(names.graph_type, 'Other') as graph_type,
        products.device_model,
        count(*) over (partition by coalesce(names.graph_type, 'Other'), products.device_model) as type_count
    from products
    left join names
        on products.device_type = names.device_type
    group by
        products.device_type,
        coalesce(names.graph_type, 'Other'),
        products.device_model

),

league as (

    select
        device_type as graph_type,
        device_manufacturer,
        device_model,
        max(newest_share) filter (where is_recipient) as newest_share,
        max(rank) filter (where is_recipient) as own_rank,
        min(newest_share) filter (where not is_recipient) as peers_lowest,
        max(newest_share) filter (where not is_recipient) as peers_highest,
        count(rank) as ranked_parties
    from firmware_league
    group by
        device_type,
        device_manufacturer,
        device_model

),

ties as (

    select
        league.graph_type,
        league.device_manufacturer,
        league.device_model,
        count(*) as tied_parties
    from league
    inner join firmware_league
        on
            league.graph_type = firmware_league.device_type
            and league.device_manufacturer = firmware_league.device_manufacturer
            and league.device_model = firmware_league.device_model
            and league.own_rank = firmware_league.rank
    group by
        league.graph_type,
        league.device_manufacturer,
        league.device_model

),

final as (

    select
        type_pages.key,
        models.graph_type,
        models.device_manufacturer,
        models.device_model,
        models.device_model || ' (' || models.device_manufacturer || ')' as model,
        models.device_count,
        league.newest_share as own_rate,
        league.peers_lowest,
        league.peers_highest,
        case
            when league.newest_share is null then 'no newest version is listed'
            when league.ranked_parties = 0 then 'withheld'
            when league.own_rank is null then 'not ranked of ' || league.ranked_parties
            when ties.tied_parties = 1 then league.own_rank || ' of ' || league.ranked_parties
            else
                league.own_rank || ' to ' || league.own_rank + ties.tied_parties - 1 || ' of '
                || league.ranked_parties
        end as league_place,
        typed_models.type_count > 1 as is_shared,
        row_number() over (
            partition by type_pages.key
            order by
                models.device_count desc,
                models.device_model asc,
                models.device_manufacturer asc
        ) as place,
        count(*) over (partition by type_pages.key) as model_count
    from type_pages
    inner join typed_models
        on type_pages.key = typed_models.device_type
    inner join models
        on
            typed_models.graph_type = models.graph_type
            and typed_models.device_model = models.device_model
    left join league
        on
            models.graph_type = league.graph_type
            and models.device_manufacturer = league.device_manufacturer
            and models.device_model = league.device_model
    left join ties
        on
            models.graph_type = ties.graph_type
            and models.device_manufacturer = ties.device_manufacturer
            and models.device_model = ties.device_model

)

select * from final
order by
    key,
    place
