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
        raised_at,
        coalesce(outage_started_at, 'no outage') as began_at,
        outage_minutes,
        coalesce(outage_minutes_text, '–') as outage_minutes_text,
        in_time
    from incident_rows
)

select
    incident_label,
    title,
    category,
    region,
    service,
    raised_at,
    began_at,
    outage_minutes_text,
    in_time
from final
order by category asc, outage_minutes desc nulls last, incident_number asc
