-- one row per Category 1 or 2 Incident, the gravest first
with

final as (
    select
        incident_number,
        incident_label,
        title,
        category,
        region,
        service,
        coalesce(outage_started_at, raised_at) as began_at,
        outage_minutes,
        coalesce(outage_minutes_text, 'no outage') as outage_minutes_text,
        in_time
    from incident_rows
)

select
    incident_label,
    title,
    category,
    region,
    service,
    began_at,
    outage_minutes_text,
    in_time
from final
order by category, outage_minutes desc nulls last, incident_number
