-- one row per Service and component that was down in the month, all regions together
with

availability as (
    from industry.availability
),

final as (
    select
        service,
        component,
        written_share(availability, null, null) as level,
        written(planned_minutes, 2) as planned,
        written(unplanned_minutes, 2) as unplanned,
        unplanned_minutes
    from availability
    where
        component != 'ALL'
        and segment = 'ALL'
        and band = 'ALL'
        and state = 'Reported'
        and (unplanned_minutes > 0 or planned_minutes > 0)
)

select
    service,
    component,
    level,
    planned,
    unplanned
from final
order by service asc, unplanned_minutes desc, component asc
