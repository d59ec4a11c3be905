-- one row per Service: its availability in all regions together, beside target and month before
with

reliability as (
    from industry.reliability
),

services as (
    select
        split_value as service,
        max(figure) filter (measure_id = 'SA1') as level,
        max(value) filter (measure_id = 'SA1') as level_value,
        max(previous) filter (measure_id = 'SA1') as previous,
        max(target) filter (measure_id = 'SA1') as target,
        max(minimum) filter (measure_id = 'SA1') as minimum,
        max(status) filter (measure_id = 'SA1') as status,
        max(state) filter (measure_id = 'SA1') as state,
        max(state_reason) filter (measure_id = 'SA1') as state_reason,
        max(figure) filter (measure_id = 'SA2') as planned_hours,
        max(figure) filter (measure_id = 'SA3') as unplanned_hours
    from measure_rows
    where section = 2 and split = 'service' and segment = 'ALL' and measure_id in ('SA1', 'SA2', 'SA3')
    group by split_value
),

final as (
    select
        services.service,
        case when services.state = 'Reported' then services.level || ' %' else services.state end as level,
        services.level_value,
        coalesce(services.previous, '–') as previous,
        services.target,
        services.minimum,
        coalesce(services.status, '–') as status,
        services.state,
        services.state_reason,
        coalesce(services.planned_hours, '–') as planned_hours,
        coalesce(services.unplanned_hours, '–') as unplanned_hours,
        reliability.downtime_events,
        coalesce(written(reliability.mttr_hours, 2), '–') as mttr_hours,
        coalesce(written(reliability.mtbf_hours, 2), '–') as mtbf_hours,
        reliability.incidents_1,
        reliability.incidents_2,
        reliability.incidents_3,
        reliability.incidents_4,
        reliability.incidents_5
    from services
    left join reliability on services.service = reliability.service
)

select
    service,
    level,
    level_value,
    previous,
    target,
    minimum,
    status,
    state,
    state_reason,
    planned_hours,
    unplanned_hours,
    downtime_events,
    mttr_hours,
    mtbf_hours,
    incidents_1,
    incidents_2,
    incidents_3,
    incidents_4,
    incidents_5
from final
order by service
