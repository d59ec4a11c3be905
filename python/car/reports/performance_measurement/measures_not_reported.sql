-- one row per measure or indicator of a business process as a whole, and segment, that is not reported: why
with

final as (
    select
        section,
        business_process as key,
        process_position,
        kind,
        bare_id,
        measure_id,
        segment_position,
        segment_name,
        state
    from measure_rows
    where section in (3, 4) and split = 'ALL' and is_whole and state != 'Reported'
)

select
    section,
    key,
    process_position,
    kind,
    bare_id,
    measure_id,
    segment_position,
    segment_name,
    state
from final
order by section asc, process_position asc, state desc, measure_id asc, segment_position asc
