-- one row per indicator of a business process and Device Type with a figure, in SMETS2 and in SMETS1
with

final as (
    from figures_by_segment
    where
        section = 4 and kind = 'I' and not starts_with(bare_id, 'RSVP') and reported_count > 0
        and split = 'device_type'
)

select
    key,
    measure_id,
    measure_name,
    split_name as device_type,
    unit,
    smets2_in_numbers,
    smets1_in_numbers
from final
order by process_position, measure_id, split_value
