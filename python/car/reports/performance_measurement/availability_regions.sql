-- one row per region of a Service that has regions: its availability and downtime
with

regional as (
    select distinct split_value as service
    from measure_rows
    where measure_id = 'SA1' and segment != 'ALL' and state = 'Reported'
),

figures as (
    select
        measure_rows.split_value as service,
        measure_rows.segment_name,
        measure_rows.segment_position,
        measure_rows.measure_id,
        measure_rows.cell,
        measure_rows.previous,
        measure_rows.target,
        measure_rows.minimum,
        measure_rows.status,
        measure_rows.state
    from measure_rows
    inner join regional on measure_rows.split_value = regional.service
    where measure_rows.measure_id in ('SA1', 'SA2', 'SA3')
),

final as (
    select
        service,
        segment_name,
        segment_position,
        max(cell) filter (measure_id = 'SA1') as level,
        max(previous) filter (measure_id = 'SA1') as previous,
        max(target) filter (measure_id = 'SA1') as target,
        max(minimum) filter (measure_id = 'SA1') as minimum,
        max(status) filter (measure_id = 'SA1') as status,
        max(cell) filter (measure_id = 'SA2') as planned_hours,
        max(cell) filter (measure_id = 'SA3') as unplanned_hours,
        count(*) filter (state = 'Reported') as reported_count
    from figures
    group by service, segment_name, segment_position
)

select
    service,
    segment_name,
    level,
    coalesce(previous, '–') as previous,
    target,
    minimum,
    coalesce(status, '–') as status,
    planned_hours,
    unplanned_hours
from final
where reported_count > 0
order by service, segment_position
