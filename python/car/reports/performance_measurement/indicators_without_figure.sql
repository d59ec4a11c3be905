-- one row per indicator of a business process that has no figure in any segment: why
with

final as (
    select
        business_process as key,
        process_position,
        measure_id,
        measure_name,
        string_agg(distinct state, ', ' order by state desc) as states
    from measure_rows
    where section = 4 and not starts_with(bare_id, 'RSVP')
    group by business_process, process_position, measure_id, measure_name
    having not bool_or(state = 'Reported')
)

select
    key,
    measure_id,
    measure_name,
    states
from final
order by process_position, states, measure_id
