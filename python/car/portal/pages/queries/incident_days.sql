-- One row per Category 1 or 2 Incident of the days that are left: from when to when, and of how many processes.
with

touched as (
    select distinct
        business_process,
        day,
        incident_ids
    from business_process.daily
    where incident_ids is not null
),

days as (
    select
        business_process,
        day,
        unnest(string_split(incident_ids, ';')) as incident_id
    from touched
),

spans as (
    select
        incident_id,
        min(day) as first_day,
        max(day) as last_day,
        count(distinct day) as day_count,
        count(distinct business_process) as process_count
    from days
    group by incident_id
),

titles as (
    select
        incident_id,
        name,
        description
    from reference.incidents
)

select
    spans.incident_id,
    titles.name,
    'Category ' || titles.description as description,
    spans.first_day,
    spans.last_day,
    spans.last_day + 1 as day_after,
    spans.day_count,
    spans.process_count,
    row_number() over (order by spans.first_day asc, spans.day_count desc, spans.incident_id asc) as line
from spans
left join titles using (incident_id)
order by line
limit 12
