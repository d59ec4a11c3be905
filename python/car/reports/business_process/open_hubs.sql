-- One row per day: hubs whose latest message is Install and Leave, at the end of that day.
select
    day,
    cast(sum(value) as bigint) as hub_count
from install_and_commission
where measure = 'open_8_14_2'
group by day
order by day
