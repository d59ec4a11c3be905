-- one row per business process, segment (the part) and day with figures, of processes whose times are not told
with

final as (
    from daily_days
    where not has_times
)

select
    key,
    segment as part,
    day,
    day_number,
    volume,
    failures
from final
order by key, part, day
