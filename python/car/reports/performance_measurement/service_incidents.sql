-- one row per Service, and one for Incidents that no list assigns to one: Incidents, downtime and repair
with

reliability as (
    from industry.reliability
),

final as (
    select
        service,
        incidents_1,
        incidents_2,
        incidents_3,
        incidents_4,
        incidents_5,
        downtime_events,
        coalesce(written(planned_hours, 2), '–') as planned_hours,
        coalesce(written(unplanned_hours, 2), '–') as unplanned_hours,
        coalesce(written(mttr_hours, 2), '–') as mttr_hours,
        coalesce(written(mtbf_hours, 2), '–') as mtbf_hours
    from reliability
)

select
    service,
    incidents_1,
    incidents_2,
    incidents_3,
    incidents_4,
    incidents_5,
    downtime_events,
    planned_hours,
    unplanned_hours,
    mttr_hours,
    mtbf_hours
from final
order by service = 'Unmapped' asc, service asc
