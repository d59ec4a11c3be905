-- one row per measure of the later sections (the part) and state without a figure: in how many rows
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
    cast(section as varchar) as part,
    measure_id,
    state,
    state_reason,
    row_count
from final
order by section asc, state desc, measure_id asc, state_reason asc
