-- one row per Service with a day below 100 %: how many such days, and its worst
with

final as (
    select
        service,
        count(*) as day_count,
        max(lowest_text) as lowest,
        max(day) filter (lowest_text is not null) as lowest_day
    from availability_days
    where availability < 1
    group by service
)

select
    service,
    day_count,
    lowest,
    lowest_day
from final
order by service
