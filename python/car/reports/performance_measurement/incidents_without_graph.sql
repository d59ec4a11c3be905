-- one row per business process without a graph and Incident that overlaps days of it
with

drawn as (
    select distinct key from daily_days
),

final as (
    select process_incidents.*
    from process_incidents
    left join drawn on process_incidents.key = drawn.key
    where drawn.key is null
)

select
    key,
    incident_number,
    incident_label
from final
order by key, incident_number
