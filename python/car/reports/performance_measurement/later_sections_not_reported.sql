-- one row per measure or indicator of the later sections and state without a figure: in how many rows
with

final as (
    select
        section,
        measure_id,
        state,
        coalesce(state_reason, '') as state_reason,
        count(*) as row_count
    from measure_rows
    where section in (9, 10, 11, 13) and state != 'Reported'
    group by section, measure_id, state, state_reason
)

select
    section,
    measure_id,
    state,
    state_reason,
    row_count
from final
order by section asc, state desc, measure_id asc, state_reason asc
