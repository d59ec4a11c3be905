-- one row per business process with a graph and Incident that overlaps days of it
with

drawn as (
    select distinct key from daily_days
),

final as (
    select process_incidents.*
    from process_incidents
    inner join drawn on process_incidents.key = drawn.key
)

select
    key,
    incident_number,
    incident_label,
    title,
    category,
    region,
    began_at,
    ended_at,
    outage_minutes_text
from final
order by key, incident_number
