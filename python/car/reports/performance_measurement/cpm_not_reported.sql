-- one row per figure of section 7 that is not reported: why
with

final as (
    select
        measure_id,
        state,
        concat_ws(', ', segment_name, split_name) as part_name
    from measure_rows
    where section = 7 and state != 'Reported'
)

select
    measure_id,
    state,
    part_name
from final
order by state desc, measure_id asc, part_name asc
