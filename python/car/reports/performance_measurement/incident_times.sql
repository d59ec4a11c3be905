-- one row per Category 1 or 2 Incident of the month: when, and how long its outage was, by the number in the graphs
with

final as (
    select
        incident_number,
        incident_label,
        title,
        category,
        region,
        raised_at,
        coalesce(resolved_at, 'open') as resolved_at,
        coalesce(closed_at, 'open') as closed_at,
        coalesce(outage_started_at, 'no outage') as outage_started_at,
        case
            when outage_ended_at is not null then outage_ended_at
            when outage_started_at is not null then 'open'
            else '–'
        end as outage_ended_at,
        coalesce(outage_minutes_text, '–') as outage_minutes_text
    from incident_rows
)

select
    incident_number,
    incident_label,
    title,
    category,
    region,
    raised_at,
    resolved_at,
    closed_at,
    outage_started_at,
    outage_ended_at,
    outage_minutes_text
from final
order by incident_number
