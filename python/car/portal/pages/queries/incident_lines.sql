-- One row per Category 1 or 2 Incident that the filters leave, numbered as it began.
select
    incident_id,
    title as name,
    category,
    service,
    case segment when 'ALL' then 'All' else segment end as region,
    cast(outage_started_at as date) as out_from,
    cast(outage_ended_at as date) as out_to,
    outage_minutes,
    expected_requests,
    actual_requests,
    shortfall,
    row_number() over (order by coalesce(outage_started_at, raised_at), incident_id) as incident_number
from incidents
order by incident_number
limit 40
