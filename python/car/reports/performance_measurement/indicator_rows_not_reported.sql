-- one row per business process and state other than reported: in which segments the process as a whole has it
with

final as (
    select
        key,
        process_position,
        state,
        list(segment_name order by segment_position) filter (row_group = 1) as segments,
        count(*) filter (row_group > 1) as other_count
    from indicator_rows
    where state != 'Reported'
    group by key, process_position, state
)

select
    key,
    state,
    coalesce(segments, []) as segments,
    other_count
from final
order by process_position asc, state desc
