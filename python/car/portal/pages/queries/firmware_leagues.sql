-- One row per model of firmware_league.csv that the filters leave: the shares of the other parties, and the own one.
with

placed as (
    select
        *,
        max(rank) filter (where is_recipient) over (partition by device_type, device_manufacturer, device_model)
            as own_rank
    from firmware_league
),

leagues as (
    select
        device_type,
        device_manufacturer,
        device_model,
        list(cast(newest_share as double) order by newest_share) filter (where not is_recipient) as rates,
        max(newest_share) filter (where is_recipient) as own_rate,
        max(own_rank) as own_rank,
        min(newest_share) filter (where not is_recipient) as peers_lowest,
        max(newest_share) filter (where not is_recipient) as peers_highest,
        count(*) filter (where not is_recipient) as peer_count,
        count(rank) as ranked_count,
        count(rank) filter (where placed.rank = placed.own_rank) as tied_count
    from placed
    group by device_type, device_manufacturer, device_model
),

devices_of_models as (
    select
        device_type,
        device_manufacturer,
        device_model,
        sum(device_count) as device_count
    from summary
    group by device_type, device_manufacturer, device_model
)

select
    leagues.device_model as device_model_as_is,
    leagues.device_type || ', ' || leagues.device_model || ' (' || leagues.device_manufacturer || ')' as name,
    leagues.rates,
    leagues.own_rate,
    leagues.peers_lowest,
    leagues.peers_highest,
    leagues.peer_count,
    case
        when leagues.own_rank is null then 'not ranked'
        when leagues.tied_count = 1 then leagues.own_rank || ' of ' || leagues.ranked_count
        else leagues.own_rank || ' to ' || leagues.own_rank + leagues.tied_count - 1 || ' of ' || leagues.ranked_count
    end as own_place,
    count(*) over () as line_count
from leagues
left join devices_of_models using (device_type, device_manufacturer, device_model)
where leagues.peer_count > 0
order by devices_of_models.device_count desc nulls last, name asc
limit 30
