-- one row per figure of section 9 and state without a value: in how many rows
with

final as (
    from later_sections_not_reported
    where section = 9
)

select
    measure_id,
    state,
    state_reason,
    row_count
from final
order by state desc, measure_id asc, state_reason asc
