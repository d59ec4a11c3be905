-- one row per measure of section 3 and segment that is not reported: why; of those side by side the cell says it
with

final as (
    select measures_not_reported.*
    from measures_not_reported
    left join measures_without_target
        on
            measures_not_reported.key = measures_without_target.key
            and measures_not_reported.measure_id = measures_without_target.measure_id
    where measures_not_reported.section = 3 and measures_without_target.measure_id is null
)

select
    key,
    measure_id,
    segment_name,
    state
from final
order by process_position asc, state desc, measure_id asc, segment_position asc
