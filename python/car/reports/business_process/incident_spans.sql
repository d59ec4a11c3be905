-- One row per business process and Category 1 or 2 Incident of its days: from when to when; the three longest.
with

days as (
    select
        business_process as key,
        day,
        unnest(string_split(incident_ids, ';')) as incident_id
    from daily
    where srv = 'ALL' and device_type = 'ALL' and region = 'ALL' and smets_version = 'ALL' and incident_ids is not null
),

spans as (
    select
        key,
        incident_id,
        min(day) as first_day,
        max(day) as last_day,
        count(*) as day_count
    from days
    group by key, incident_id
),

titles as (
    select
        incident_id,
        name,
        description
    from reference.incidents
)

select
    spans.key,
    spans.incident_id,
    titles.name,
    'Category ' || split_part(titles.description, ',', 1) as description,
    spans.first_day,
    spans.last_day,
    row_number() over (partition by spans.key order by spans.day_count desc, spans.incident_id asc) as line
from spans
left join titles using (incident_id)
qualify row_number() over (partition by spans.key order by spans.day_count desc, spans.incident_id asc) <= 3
order by spans.key, line
