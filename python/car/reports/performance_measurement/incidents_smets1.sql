-- one row per business process and Incident that overlaps days of it in SMETS1
with

final as (
    from daily_incidents
    where segment = 'SMETS1'
)

select
    key,
    incident_number,
    incident_id,
    category,
    first_day,
    last_day
from final
order by key, incident_number
