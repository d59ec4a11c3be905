-- One row per day, of all alerts together, where the month has 30.
select day, day_number, is_weekend, own_volume, own_rate, industry_rate, is_withheld, is_below
from day_figures
where key = 'ALL' and (select sum(own_volume) from day_figures where key = 'ALL') >= 30
order by day
