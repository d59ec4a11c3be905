-- The outage and restoration timing log of the month's alerts, which alerts.sql has collected.
create or replace table feed_power_outage_timings as
select
    * exclude (landed_day),
    landing_day(landed_day + 1) as _land,
    'outages' as _part,
    row_number() over (order by alert_id, destination_party_id, destination_role) as _ord,
    'accepted' as _fate,
    false as _warning,
    false as _again
from outage_timings
order by _ord;
