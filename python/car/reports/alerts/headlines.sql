-- One row per whose figures of all alerts together: yours, the industry's, yours of the month before.
select
    position, whose, name, volume, rate, within_target_rate, mean_s, median_s, p99_s, is_rate_withheld,
    is_speed_withheld, is_month_before
from standing
where key = 'ALL'
order by position
