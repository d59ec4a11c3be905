-- one row per business process and Incident that overlaps days of it in a shown segment
with

overlapping as (
    select
        key,
        incident_id,
        string_agg(part, ', ' order by part desc) as segments
    from daily_incidents
    group by key, incident_id
),

final as (
    select
        overlapping.key,
        processes.position as process_position,
        incident_rows.incident_number,
        incident_rows.incident_id,
        incident_rows.incident_label,
        incident_rows.title,
        incident_rows.category,
        incident_rows.region,
        overlapping.segments,
        coalesce(incident_rows.outage_started_at, incident_rows.raised_at) as began_at,
        coalesce(incident_rows.outage_ended_at, incident_rows.resolved_at, 'open') as ended_at,
        coalesce(incident_rows.outage_minutes_text || ' minutes', 'no outage') as duration
    from overlapping
    inner join incident_rows on overlapping.incident_id = incident_rows.incident_id
    inner join processes on overlapping.key = processes.key
)

select
    key,
    incident_number,
    incident_label,
    title,
    category,
    region,
    segments,
    began_at,
    ended_at,
    duration
from final
order by process_position, incident_number
