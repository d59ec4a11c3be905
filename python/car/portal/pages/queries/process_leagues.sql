-- One row per league that the filters leave: the rates of the other parties, without names, and the own one.
with

leagues as (
    select
        business_process,
        srv,
        list(cast(success_rate as double) order by success_rate) filter (where not is_recipient) as rates,
        max(success_rate) filter (where is_recipient) as own_rate,
        min(success_rate) filter (where not is_recipient) as peers_lowest,
        max(success_rate) filter (where not is_recipient) as peers_highest,
        count(*) filter (where not is_recipient) as peer_count
    from league_table
    group by business_process, srv
)

select
    leagues.business_process as business_process_as_is,
    leagues.srv as srv_as_is,
    leagues.business_process || case leagues.srv when 'ALL' then '' else ', ' || leagues.srv end as name,
    leagues.rates,
    leagues.own_rate,
    leagues.peers_lowest,
    leagues.peers_highest,
    leagues.peer_count,
    case
        when benchmark.ranked_parties is null then 'no league'
        when benchmark.own_rank is null then 'not ranked'
        when benchmark.own_rank = benchmark.own_rank_last
            then benchmark.own_rank || ' of ' || benchmark.ranked_parties
        else benchmark.own_rank || ' to ' || benchmark.own_rank_last || ' of ' || benchmark.ranked_parties
    end as own_place,
    count(*) over () as line_count
from leagues
left join benchmark using (business_process, srv)
where leagues.peer_count > 0
order by benchmark.own_volume desc, leagues.business_process asc, leagues.srv asc
limit 40
