-- One row per Device Type, day and measure: what was installed, what failed, and what the week before predicted.
select
    case device_type when 'CHF' then 'Communications Hubs (CHF)' else device_type end as panel,
    day,
    measure as series,
    cast(sum(value) as bigint) as count
from install_and_commission
where measure in ('successful_installs', 'failed_installs', 'predicted_installs')
group by device_type, day, measure
order by device_type, day, measure
