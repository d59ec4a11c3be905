-- one row per business process, segment shown by day (the part) and Incident that overlaps days of it: which days
with

rsvp_daily as (
    from industry.rsvp_daily
),

named as (
    select
        business_process,
        segment,
        day,
        unnest(string_split(incident_ids, ';')) as incident_id
    from rsvp_daily
    where srv = 'ALL' and segment in ('SMETS2', 'SMETS1') and day is not null and incident_ids is not null
),

final as (
    select
        named.business_process as key,
        processes.position as process_position,
        named.segment,
        named.incident_id,
        incident_rows.incident_number,
        incident_rows.category,
        min(day(named.day)) as first_day,
        max(day(named.day)) as last_day
    from named
    inner join processes on named.business_process = processes.business_process
    inner join incident_rows on named.incident_id = incident_rows.incident_id
    group by
        named.business_process, processes.position, named.segment, named.incident_id, incident_rows.incident_number,
        incident_rows.category
)

select
    key,
    segment as part,
    incident_number,
    incident_id,
    category,
    first_day,
    last_day
from final
order by process_position asc, part desc, incident_number asc
