-- one row per business process and day with figures in SMETS1, of processes whose times are told
with

final as (
    from daily_days
    where segment = 'SMETS1' and has_times
)

select
    key,
    day,
    day_number,
    volume,
    failures,
    mean_s,
    longest_s,
    month_mean_s
from final
order by key, day
