-- One row per day, of all alerts together, as in `days`; findings or a later version take its room.
select day, day_number, is_weekend, own_volume, own_rate, industry_rate, is_withheld, is_below
from day_figures
where
    key = 'ALL'
    and (select verdict.volume >= 30 and verdict.finding_count = 0 from verdict)
    and (select coalesce(recipient.version, 1) = 1 from release.recipient)
qualify bool_or(coalesce(own_rate < 1, false) or industry_rate is not null) over ()
order by day
