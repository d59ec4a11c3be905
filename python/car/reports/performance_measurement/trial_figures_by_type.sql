-- one row per figure of trial metrics and Device Type that has one, in SMETS2 and in SMETS1
with

final as (
    from figures_by_segment
    where section = 13 and split = 'device_type' and reported_count > 0
)

select
    measure_id,
    measure_name,
    split_name as device_type,
    unit,
    smets2_in_numbers,
    smets1_in_numbers
from final
order by measure_id, split_value
