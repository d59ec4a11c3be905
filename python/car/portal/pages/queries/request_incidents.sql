-- One row per Incident on the days that are drawn: from which to which, by its number in the list of incidents.
with

days as (
    select
        day_number,
        unnest(string_split(incident_ids, ';')) as incident_id
    from request_day_cells
    where incident_ids is not null
)

select
    incident_lines.incident_number,
    incident_lines.name,
    min(days.day_number) as first_day,
    max(days.day_number) as last_day
from days
inner join incident_lines using (incident_id)
group by incident_lines.incident_number, incident_lines.name
order by incident_lines.incident_number
