-- one row per league of a business process as a whole that is shown, with the rates that it ranks
with

final as (
    select
        role as key,
        process_position,
        business_process,
        count(*) as party_count,
        max(rank) as last_rank,
        written(max(success_rate) * 100, 1) as best,
        written(min(success_rate) * 100, 1) as worst,
        list(cast(success_rate as double) order by rank) as rates
    from league_rows
    where srv = 'ALL' and segment = 'ALL'
    group by role, process_position, business_process
)

select
    key,
    business_process,
    party_count,
    best,
    worst,
    rates
from final
order by key, process_position, business_process
