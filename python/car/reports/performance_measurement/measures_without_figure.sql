-- one row per measure of section 3 and segment that is not reported: why
with

final as (
    from measures_not_reported
    where section = 3
)

select
    key,
    measure_id,
    segment_name,
    state
from final
order by process_position asc, state desc, measure_id asc, segment_position asc
