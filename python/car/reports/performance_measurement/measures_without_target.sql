-- one row per measure without a target, of a business process as a whole, its figures side by side by segment
with

with_target as (
    select distinct
        business_process,
        measure_id
    from measure_rows
    where target_value is not null
),

final as (
    select figures_by_segment.*
    from figures_by_segment
    left join with_target
        on
            figures_by_segment.key = with_target.business_process
            and figures_by_segment.measure_id = with_target.measure_id
    where
        figures_by_segment.section = 3 and figures_by_segment.kind = 'M' and figures_by_segment.is_whole
        and figures_by_segment.split = 'ALL' and figures_by_segment.reported_count > 0
        and with_target.measure_id is null
)

select
    key,
    measure_id,
    measure_id || ' ' || measure_name as row_label,
    smets2,
    north,
    central,
    south,
    north_4g,
    central_4g,
    south_4g,
    unknown_region,
    withheld_together,
    smets1,
    part,
    row_number() over (order by process_position, measure_id) as line_number
from final
order by process_position, measure_id
