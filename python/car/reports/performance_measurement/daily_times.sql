-- one row per business process, segment (the part) and day with figures, of processes whose times are told
with

final as (
    from daily_days
    where has_times
)

select
    key,
    segment as part,
    day,
    day_number,
    volume,
    failures,
    mean_s,
    longest_s,
    month_mean_s
from final
order by key, part, day
