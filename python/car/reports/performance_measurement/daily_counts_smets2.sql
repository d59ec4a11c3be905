-- one row per business process and day with figures in SMETS2, of processes whose times are not told
with

final as (
    from daily_days
    where segment = 'SMETS2' and not has_times
)

select
    key,
    day,
    day_number,
    volume,
    failures
from final
order by key, day
