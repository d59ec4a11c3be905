-- One row per business process and SRV: the lowest and the highest rate of the other parties that are ranked.
with

league as (
    select
        business_process,
        srv,
        rank,
        success_rate,
        is_recipient
    from league_table
)

select
    business_process,
    srv,
    min(success_rate) as peers_lowest,
    max(success_rate) as peers_highest
from league
where rank is not null and not is_recipient
group by business_process, srv
order by business_process, srv
