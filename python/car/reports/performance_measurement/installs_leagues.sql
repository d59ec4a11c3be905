-- one row per place of the league of installs against predicted that is shown
with

final as (
    select
        role,
        rank,
        written(ratio_to_predicted * 100, 0) as ratio,
        count(*) as party_count
    from industry.installs_league
    where rank is not null
    group by role, rank, ratio_to_predicted
)

select
    role,
    rank,
    ratio,
    party_count
from final
order by role, rank
